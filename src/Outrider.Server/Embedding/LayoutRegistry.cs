using System.Text;
using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>
/// The cluster's layout in the control plane: the one place where it grows, by compare-and-set, so that of two that add
/// a node at the same time the second sees the first one's.
/// </summary>
internal sealed class LayoutRegistry(IControlPlane plane)
{
    private const string Key = "layout";
    private const int TriesMax = 5;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>What was found.</summary>
    public abstract record Found
    {
        private Found() { }

        /// <param name="Layout">Null: nothing is kept there yet.</param>
        public sealed record Known(LayoutFile? Layout, long Version) : Found;

        public sealed record Unknown(string Reason) : Found;
    }

    /// <summary>What became of a change.</summary>
    public abstract record Outcome
    {
        private Outcome() { }

        public sealed record Done(LayoutFile Layout) : Outcome;

        public sealed record Refused(string Reason) : Outcome;

        /// <param name="Asked">It may have happened; otherwise nothing was asked for yet.</param>
        public sealed record Unknown(string Reason, bool Asked) : Outcome;
    }

    /// <summary>What is kept there now; what is no layout is as good as no answer.</summary>
    public async Task<Found> ReadAsync(CancellationToken cancellation)
    {
        var answer = await ControlCaller.AskAsync(plane, id => new ControlCall.Read(id, Key), cancellation)
            .ConfigureAwait(false);
        if (answer is not ControlAnswer.Values { Items: [var item] })
            return new Found.Unknown((answer as ControlAnswer.Unknown)?.Reason ?? "it answered with something else");
        if (!item.Exists) return new Found.Known(null, 0);
        return LayoutFile.TryParse(Encoding.UTF8.GetString(item.Value.Span)) is { } layout
            ? new Found.Known(layout, item.Version)
            : new Found.Unknown("the layout that it holds is damaged, or of a newer version");
    }

    /// <summary>
    /// Puts what <paramref name="change"/> makes of the layout in its place, as often as somebody else was quicker.
    /// </summary>
    /// <param name="change">Given null while there is none; a text is the reason why there is nothing to do.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Outcome> ChangeAsync(
        Func<LayoutFile?, (LayoutFile? Layout, string Reason)> change, CancellationToken cancellation)
    {
        for (var i = 0; i < TriesMax; i++)
        {
            var found = await ReadAsync(cancellation).ConfigureAwait(false);
            if (found is Found.Unknown silent) return new Outcome.Unknown(silent.Reason, Asked: false);
            var (known, version) = (Found.Known)found;
            var (layout, reason) = change(known);
            if (layout is null) return new Outcome.Refused(reason);
            var write = new ControlWrite(Key, version, Encoding.UTF8.GetBytes(layout.ToText()));
            var answer = await ControlCaller.AskAsync(
                plane, id => new ControlCall.CompareAndSet(id, [write]), cancellation).ConfigureAwait(false);
            if (answer is ControlAnswer.Unknown lost) return new Outcome.Unknown(lost.Reason, Asked: true);
            if (answer is ControlAnswer.Compared { Outcomes: [{ Won: true }] }) return new Outcome.Done(layout);
        }

        return new Outcome.Unknown($"others changed the layout {TriesMax} times meanwhile", Asked: false);
    }

    /// <summary>Adds a node; one that is there already is found as it is.</summary>
    /// <param name="name">Judged against the layout as it is then.</param>
    /// <param name="known">Where the control plane keeps none yet.</param>
    /// <param name="addresses">Of the node, by its number.</param>
    /// <param name="cancellation">Gives up.</param>
    public Task<Outcome> AddAsync(
        string name, LayoutFile known, Func<int, (string Clients, string Links, string Http)> addresses,
        CancellationToken cancellation) => ChangeAsync(
        kept =>
        {
            var layout = kept ?? known;
            if (layout.Nodes.Any(node => node.Name == name)) return (layout, "");
            return LayoutGrowth.Problem(layout, name) is { } problem ? (null, problem)
                : (LayoutGrowth.With(layout, name, addresses), "");
        }, cancellation);

    /// <summary>Tells of the layout whenever it may have changed, until cancelled.</summary>
    public async Task WatchAsync(Action<LayoutFile> tell, CancellationToken stop)
    {
        using var changed = new SemaphoreSlim(0);
        try
        {
            // Until it stands: from then on the control plane itself opens it again.
            while (await ControlCaller.AskAsync(plane, id => new ControlCall.Watch(id, Key), stop, _ => Wake(changed))
                .ConfigureAwait(false) is not ControlAnswer.Done) await Task.Delay(Pause, stop).ConfigureAwait(false);
            while (true)
            {
                if (await ReadAsync(stop).ConfigureAwait(false) is Found.Known known)
                {
                    if (known.Layout is { } layout) tell(layout);
                    await changed.WaitAsync(stop).ConfigureAwait(false);
                }
                else await Task.Delay(Pause, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    private static void Wake(SemaphoreSlim changed)
    {
        try
        {
            changed.Release();
        }
        catch (ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }
}
