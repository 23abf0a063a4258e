using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Server.Embedding;

/// <summary>What the control plane holds of the groups, for people.</summary>
internal static class GroupListing
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static long _lastCall;

    /// <summary>Ascending by group; null when the control plane does not answer.</summary>
    public static async Task<object[]?> ReadAsync(IControlPlane plane, Layout layout, CancellationToken cancellation)
    {
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = new ControlCall.List(Interlocked.Increment(ref _lastCall), "groups/");
        plane.Call(NodeId.None, call, answer => answered.TrySetResult(answer), static _ => { });
        try
        {
            var answer = await answered.Task.WaitAsync(Patience, cancellation).ConfigureAwait(false);
            return answer is ControlAnswer.Values values ? Rows(values.Items, layout) : null;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static object[] Rows(IReadOnlyList<ControlValue> values, Layout layout)
    {
        var rows = new SortedDictionary<GroupId, object>();
        foreach (var value in values)
        {
            if (!GroupRecord.TryParseKey(value.Key, out var group)) continue;
            if (GroupRecord.Decode(value.Value) is not { } record) continue;
            rows[group] = new
            {
                group = group.ToString(),
                term = record.Term.Value,
                leader = layout.Find(record.Leader)?.Name ?? "",
                members = string.Join(' ', record.Newest.Members.Select(id => layout.Find(id)?.Name ?? id.ToString())),
                closed = record.IsClosed,
            };
        }

        return [.. rows.Values];
    }
}
