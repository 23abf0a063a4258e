using System.Net;
using Outrider.Server.Http;

namespace Outrider.Server.Embedding;

/// <summary>Adds nodes to the layout, one at a time, and says in words what came of it.</summary>
/// <param name="registry">Where it is decided.</param>
/// <param name="live">What this process knows; told as soon as it is decided.</param>
/// <param name="begin">Begins the node, or does what else is to be done; its words go to the person.</param>
internal sealed class LayoutGrower(
    LayoutRegistry registry, LiveLayout live, Func<LayoutNode, CancellationToken, Task<ActOutcome>> begin)
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Where nodes are started by hand: whoever adds one says where it will listen.</summary>
    public Task<ActOutcome> AddByHandAsync(string name, NodeAct act, CancellationToken cancellation)
    {
        if (act is not { Clients: { } clients, Links: { } links, Http: { } http })
            return Refuse("the nodes of this cluster are started by hand: say where the new one will listen, with "
                + $"outrider node add {name} --clients ADDRESS:PORT --links ADDRESS:PORT --node-http ADDRESS:PORT");
        string[] all = [clients, links, http];
        return all.FirstOrDefault(one => !IPEndPoint.TryParse(one, out var at) || at.Port == 0) is { } wrong
            ? Refuse($"'{wrong}' is no address and port, as in 10.0.0.7:6480")
            : AddAsync(name, _ => (clients, links, http), cancellation);
    }

    private static Task<ActOutcome> Refuse(string reason) =>
        Task.FromResult<ActOutcome>(new ActOutcome.Refused(reason));

    public async Task<ActOutcome> AddAsync(
        string name, Func<int, (string Clients, string Links, string Http)> addresses, CancellationToken cancellation)
    {
        // Also said by the registry, but not where the control plane is silent: a wrong name is wrong anyway.
        if (live.Value.Find(name) is null && LayoutGrowth.Problem(live.File, name) is { } problem)
            return new ActOutcome.Refused(problem);
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            switch (await registry.AddAsync(name, live.File, addresses, cancellation).ConfigureAwait(false))
            {
                case LayoutRegistry.Outcome.Refused refused:
                    return new ActOutcome.Refused(refused.Reason);
                case LayoutRegistry.Outcome.Unknown unknown:
                    return new ActOutcome.TimedOut($"the control plane cannot say ({unknown.Reason}): "
                        + (unknown.Asked ? $"whether {name} is in the layout now is not known" : "nothing was changed")
                        + $"; next: outrider control status, and then outrider node add {name} again");
                case LayoutRegistry.Outcome.Done done:
                    live.Adopt(done.Layout);
                    break;
            }

            return live.File.Nodes.FirstOrDefault(node => node.Name == name) is { } added
                ? await begin(added, cancellation).ConfigureAwait(false)
                : new ActOutcome.Refused("the control plane holds the layout of another cluster; compare --control "
                    + "and --data with those of the other nodes");
        }
        finally
        {
            _turn.Release();
        }
    }
}
