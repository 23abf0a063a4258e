using Outrider.Core;
using Outrider.Replication;

namespace Outrider.Simulation;

/// <summary>Carries out the commands of one transcript on one world, and collects what is seen.</summary>
internal sealed class TranscriptStage
{
    private readonly List<string> _lines = [];
    private World? _world;
    private GroupId _group = new(1);

    private World World => _world ?? throw new FormatException("a transcript begins with 'cluster' or 'replay'");

    public IReadOnlyList<string> Do(TranscriptCommand command)
    {
        _lines.Clear();
        switch (command.Verb)
        {
            case "replay": Replay(command); break;
            case "cluster": Cluster(command); break;
            case "run": Run(command.Number("ms") * 1000); break;
            case "status": Status(); break;
            default:
                if (!OnNode(command) && !OnLinks(command)) Ask(command);
                break;
        }

        if (_world?.Violation is { } violation) _lines.Add($"{violation.Kind} [{violation.Checker}] {violation.Text}");
        return _lines;
    }

    private void Replay(TranscriptCommand command)
    {
        var (system, seed, plan) = ReplayPlan.Of(command, tracer: null);
        _lines.AddRange(Transcript.Outcome(SeedRun.Run(system, seed, plan)));
    }

    private void Cluster(TranscriptCommand command)
    {
        var swarm = Swarm.Calm();
        var nodes = (int)command.Number("nodes", 3);
        var members = command.Values.ContainsKey("members")
            ? command.List("members").Select(m => new NodeId(int.Parse(m, null)))
            : Enumerable.Range(1, nodes).Select(n => new NodeId(n));
        var policy = command.Text("policy", "majority") == "all" ? QuorumPolicy.All : QuorumPolicy.Majority;
        var birth = new GroupBirth(
            new GroupConfig(members, policy), (int)command.Number("streams", 1), (int)command.Number("min-copies", 1));
        var seed = (ulong)command.Number("seed", 1);
        var plan = new RunPlan { Bug = command.Values.GetValueOrDefault("bug"), Tracer = Take, Timeless = true };
        var scenario = ReplicationSystem.Staged(seed, swarm, plan, ReplicationDraw.Staged(nodes, _group, birth));
        _world = new World(seed, swarm, scenario, plan);
        scenario.SetUp(_world);
        foreach (var node in _world.Nodes.ToList()) node.Start();
    }

    private void Take(string line) => _lines.Add(line);

    private void Run(long micros) => World.RunUntil(World.NowMicros + micros);

    private bool OnNode(TranscriptCommand command)
    {
        if (!command.Values.ContainsKey("node")) return false;
        var node = World.Node(command.Node());
        switch (command.Verb)
        {
            case "crash":
                node.Crash(command.Text("power", "on") == "lost" ? CrashKind.DropAll : CrashKind.KeepAll);
                return true;
            case "close": node.Close(); return true;
            case "start": node.Start(); return true;
            case "pause": node.Pause(); return true;
            case "resume": node.Resume(); return true;
            case "full": node.Disk.Full = true; return true;
            case "space": node.Disk.Full = false; return true;
            case "fail-sync": node.Disk.FailSyncs = 1; return true;
            case "fail-write": node.Disk.FailWrites = 1; return true;
            case "slow-disk": node.DiskSlowness = command.Number("times"); return true;
            case "control-away":
                World.Control.Away(node.Id, World.NowMicros + command.Number("ms") * 1000);
                return true;
            case "isolate":
                foreach (var other in World.Nodes.Where(n => n != node)) CutBoth(node.Id, other.Id);
                return true;
            default: return false;
        }
    }

    private bool OnLinks(TranscriptCommand command)
    {
        switch (command.Verb)
        {
            case "cut": World.Network.Cut(command.Node("from"), command.Node("to")); return true;
            case "mend": World.Network.Mend(command.Node("from"), command.Node("to")); return true;
            case "heal": World.Network.HealAll(); return true;
            default: return false;
        }
    }

    private void CutBoth(NodeId a, NodeId b)
    {
        World.Network.Cut(a, b);
        World.Network.Cut(b, a);
    }

    private void Ask(TranscriptCommand command)
    {
        var stream = new StreamId((int)command.Number("stream", 1));
        Request request = command.Verb switch
        {
            "append" => new AppendRequest(
                _group, stream, new((ulong)command.Number("producer", 1)), command.Number("sequence"),
                (int)command.Number("records", 1), new byte[command.Number("bytes", 8)],
                command.Text("class", "fsync") == "memory" ? Durability.MemoryQuorum : Durability.FsyncQuorum),
            "read" => new ReadRequest(
                _group, stream, new(command.Number("from", 1)), 100, 1 << 20,
                command.Text("confirmed", "yes") == "yes"),
            "create" => new CreateStreamRequest(_group, stream),
            "trim" => new TrimRequest(_group, stream, new(command.Number("to")), default),
            "members" => new ChangeMembersRequest(
                _group, [.. command.List("set").Select(m => new NodeId(int.Parse(m, null)))], []),
            _ => throw new FormatException($"'{command.Verb}' is not a command of a transcript"),
        };
        World.Ask(command.Node("at"), request, (reply, _) => World.Trace($"{command.Verb}: {Show(reply)}"));
        Run(command.Number("ms", 50) * 1000);
    }

    private static string Show(Reply? reply) => reply switch
    {
        null => "the node is down",
        NodeReply.Appended a => $"{a.Index} in {a.Term}, {a.Durability}{(a.Duplicate ? ", a duplicate" : "")}",
        NodeReply.Entries e => $"{e.Items.Count} entries up to {e.Committed}{(e.Confirmed ? ", confirmed" : "")}: " +
            string.Join("; ", e.Items),
        NodeReply.NotLeader n => $"not the leader, ask {n.Leader}",
        NodeReply.Unknown u => $"unknown: {u.Reason}",
        NodeReply.Refused r => $"refused {r.Code}: {r.Reason}",
        _ => reply.GetType().Name.ToLowerInvariant(),
    };

    private void Status()
    {
        foreach (var node in World.Nodes)
        {
            if (node.Machine is not ReplicationNode machine)
            {
                _lines.Add($"{node.Id} {node.State}");
                continue;
            }

            foreach (var group in machine.Groups)
            {
                _lines.Add($"{node.Id} {group.Id} {group.Role} {group.Term} leader {group.Leader}" +
                    $"{(group.IsOpen ? " open" : "")}");
                foreach (var stream in group.Streams)
                {
                    var s = group.Stream(stream);
                    _lines.Add($"  {stream} base {s.BaseIndex} end {s.LastIndex} memory {s.MemoryCommitted} " +
                        $"fsync {s.FsyncCommitted}");
                }
            }
        }
    }
}
