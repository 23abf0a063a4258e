using Outrider.Core;

namespace Outrider.Server.Nodes;

/// <summary>Asking a node from outside its own threads.</summary>
internal static class FreeAsk
{
    /// <summary>
    /// As <see cref="INodeDoor.AskAsync"/>; but whoever awaits it goes on on a thread that owes nobody anything and
    /// may block it. A caller of the embedding API that waited for its input there held up another client's connection.
    /// </summary>
    public static async Task<Reply> AskFreelyAsync(this INodeDoor door, Request ask, CancellationToken cancellation)
    {
        try
        {
            return await door.AskAsync(ask, cancellation).ConfigureAwait(false);
        }
        finally
        {
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        }
    }
}
