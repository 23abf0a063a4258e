using Outrider.Core;

namespace Outrider.Tests.Process;

internal abstract record EchoRequest : Request
{
    /// <summary>Goes to a peer and back, once this node has it on disk.</summary>
    public sealed record Echo(NodeId To, string Text) : EchoRequest;

    /// <summary>Pushes a count every few milliseconds, up to a number.</summary>
    public sealed record Ticks(int Count) : EchoRequest;

    /// <summary>Asks what the machine has seen.</summary>
    public sealed record Look : EchoRequest;

    /// <summary>Breaks an assertion.</summary>
    public sealed record Break : EchoRequest;
}

internal abstract record EchoReply : Reply
{
    public sealed record Echoed(string Text) : EchoReply;

    public sealed record Tick(int Number) : EchoReply;

    /// <param name="Lives">How often the state was found on disk and written again: one more each life.</param>
    public sealed record Seen(int Lives, int Cancelled, string DiskFailure) : EchoReply;
}

/// <summary>The smallest machine that uses every effect a host carries out.</summary>
internal sealed class EchoMachine : Machine
{
    private static readonly GroupId Group = new(1);
    private readonly Dictionary<long, RequestId> _waiting = [];
    private readonly Recovered _recovered;
    private int _lives;
    private int _cancelled;
    private string _diskFailure = "";
    private RequestId _ticks;
    private int _ticksLeft;
    private int _tick;

    public EchoMachine(Recovered recovered)
    {
        _recovered = recovered;
        var state = recovered.Groups.FirstOrDefault(g => g.Group == Group)?.State ?? default;
        _lives = state.IsEmpty ? 0 : BitConverter.ToInt32(state.Span);
    }

    public override void Step(in Event e, Effects effects)
    {
        switch (e.Kind)
        {
            case EventKind.Started:
                _lives++;
                effects.Persist(new JournalRecord.SaveState(Group, BitConverter.GetBytes(_lives)));
                break;
            case EventKind.Received:
                Hear(e.From, ((TextMessage)e.Message).Text, effects);
                break;
            case EventKind.TimerFired:
                effects.Push(_ticks, new EchoReply.Tick(++_tick));
                if (--_ticksLeft > 0) effects.SetTimer(new TimerKey(1), 2_000);
                else effects.Reply(_ticks, new EchoReply.Tick(_tick));
                break;
            case EventKind.DiskFailed:
                _diskFailure = e.Failure;
                break;
            case EventKind.Requested:
                Ask(e.Request, (EchoRequest)e.Ask, effects);
                break;
            case EventKind.Cancelled:
                _cancelled++;
                break;
        }
    }

    public override void CheckInvariants() => Check.That(_lives >= 0);

    private void Hear(NodeId from, string text, Effects effects)
    {
        var parts = text.Split(' ', 3);
        if (parts[0] == "ping") effects.Send(from, new TextMessage($"pong {parts[1]} {parts[2]}"));
        else if (_waiting.Remove(long.Parse(parts[1]), out var id)) effects.Reply(id, new EchoReply.Echoed(parts[2]));
    }

    private void Ask(RequestId id, EchoRequest request, Effects effects)
    {
        switch (request)
        {
            case EchoRequest.Echo echo:
                _waiting[id.Value] = id;
                var token = effects.Persist(new JournalRecord.SaveState(Group, BitConverter.GetBytes(_lives)));
                effects.SendOnceDurable(token, echo.To, new TextMessage($"ping {id.Value} {echo.Text}"));
                break;
            case EchoRequest.Ticks ticks:
                (_ticks, _ticksLeft) = (id, ticks.Count);
                effects.SetTimer(new TimerKey(1), 1_000_000);
                effects.SetTimer(new TimerKey(1), 2_000);
                break;
            case EchoRequest.Look:
                effects.Reply(id, new EchoReply.Seen(_lives, _cancelled, _diskFailure));
                break;
            case EchoRequest.Break:
                Check.That(_recovered.Incarnation.Value < 0);
                break;
        }
    }
}

internal static class NodeHostAsking
{
    public static Task<Reply> Ask(this Outrider.Runtime.NodeHost host, Request request) =>
        host.AskAsync(request, TestContext.Current.CancellationToken);
}
