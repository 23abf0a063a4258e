using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Server.Embedding;

/// <summary>What the control plane holds of the groups, for people.</summary>
internal static class GroupListing
{
    /// <summary>Ascending by group; null when the control plane does not answer.</summary>
    public static async Task<object[]?> ReadAsync(IControlPlane plane, Layout layout, CancellationToken cancellation)
    {
        var answer = await ControlCaller.AskAsync(plane, id => new ControlCall.List(id, "groups/"), cancellation)
            .ConfigureAwait(false);
        return answer is ControlAnswer.Values values ? Rows(values.Items, layout) : null;
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
