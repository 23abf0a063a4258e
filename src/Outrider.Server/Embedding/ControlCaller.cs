using Outrider.Core;

namespace Outrider.Server.Embedding;

/// <summary>Calls of the server itself to the control plane, for no node in particular.</summary>
internal static class ControlCaller
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static long _lastCall;

    /// <summary>Unknown also when no answer comes in time.</summary>
    public static async Task<ControlAnswer> AskAsync(
        IControlPlane plane, Func<long, ControlCall> call, CancellationToken cancellation,
        Action<ControlChange>? change = null)
    {
        var answered = new TaskCompletionSource<ControlAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = call(Interlocked.Increment(ref _lastCall));
        plane.Call(NodeId.None, asked, answer => answered.TrySetResult(answer), change ?? (static _ => { }));
        try
        {
            return await answered.Task.WaitAsync(Patience, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new ControlAnswer.Unknown(asked.Id, $"no answer in {Patience.TotalSeconds} s");
        }
    }
}
