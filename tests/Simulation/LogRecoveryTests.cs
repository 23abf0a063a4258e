using Outrider.Core;
using Outrider.Log;
using Outrider.Replication;
using Outrider.Simulation;
using Outrider.Storage;

namespace Outrider.Tests.Simulation;

/// <summary>How long appends and the order stand still when a node dies, in simulated time.</summary>
public sealed class LogRecoveryTests
{
    private const int Keys = 12;
    private const long SlackMs = 400;

    /// <summary>Nobody waits for a timer once the node is back; a dead one costs the time to suspect it.</summary>
    [Theory]
    [InlineData(true, 20)]
    [InlineData(true, 400)]
    [InlineData(true, -1)]
    [InlineData(false, 20)]
    [InlineData(false, -1)]
    public void Work_goes_on_when_a_node_is_back_or_suspected(bool leads, long backMs)
    {
        var play = new Play(leads, backMs * 1000);
        play.Run();
        var away = backMs >= 0 ? backMs : LogOptions.Default.SuspectMicros / 1000;
        Assert.InRange(play.AppendGapMicros / 1000, 1, away + SlackMs);
        var order = !leads ? 0 : backMs >= 0 ? backMs : GroupOptions.Default.SuspectMicros * 3 / 2000;
        Assert.InRange(play.OrderGapMicros / 1000, 0, order + SlackMs);
    }

    private sealed class Play
    {
        private readonly World _world;
        private readonly bool _killsLeader;
        private readonly long _backMicros;
        private readonly long[] _invoked = new long[Keys];
        private readonly NodeId[] _askedOf = new NodeId[Keys];
        private readonly int[] _operation = new int[Keys];
        private readonly long[] _firstAfter = new long[Keys];
        private long _killedMicros = long.MaxValue;
        private SimNode? _victim;

        public Play(bool killsLeader, long backMicros)
        {
            (_killsLeader, _backMicros) = (killsLeader, backMicros);
            var nodes = Enumerable.Range(1, 3)
                .Select(i => new NodeInfo(new NodeId(i), $"n{i}", new RegionId(0))).ToList();
            var layout = new Layout(0x5EED, ["a"], nodes, [[0]]);
            var options = LogOptions.Default with { Shards = 3 };
            var draw = new LogDraw(
                layout, options, GroupOptions.Default, GroupDraw.None, 0, 0, 0, 0, 0, 0, 0, 0, 1 << 19, Drains: false);
            var scenario = new LogScenario(1, draw, PlantedLogBugs.None);
            _world = new World(1, Swarm.Calm(), scenario, new RunPlan());
            scenario.SetUp(_world);
        }

        public long OrderGapMicros { get; private set; }
        public long AppendGapMicros => _firstAfter.Max(at => at == 0 ? _world.NowMicros : at) - _killedMicros;

        public void Run()
        {
            foreach (var node in _world.Nodes.ToList()) Assert.True(node.Start());
            for (var key = 0; key < Keys; key++) Next(key);
            Assert.True(_world.RunUntil(2_000_000), $"{_world.Violation}");
            var leads = _world.Nodes.Single(Leads);
            _victim = _killsLeader ? leads : _world.Nodes.First(n => n != leads);
            _killedMicros = _world.NowMicros;
            _victim.Crash(CrashKind.KeepAll);
            // A client whose connection broke asks somebody else.
            for (var key = 0; key < Keys; key++)
                if (_askedOf[key] == _victim.Id) Attempt(key, _operation[key]);
            if (_backMicros >= 0) _world.After(_backMicros, "back", () => Assert.True(_victim.Start()));
            while (_firstAfter.Any(at => at == 0) && _world.NowMicros < 12_000_000)
            {
                Assert.True(_world.RunUntil(_world.NowMicros + 2000), $"{_world.Violation}");
                if (OrderGapMicros == 0 && _world.Nodes.Any(Leads)) OrderGapMicros = _world.NowMicros - _killedMicros;
            }
        }

        private static bool Leads(SimNode node) => node.Machine is LogNode { LeadsOrder: true };

        private void Next(int key)
        {
            var operation = ++_operation[key];
            _invoked[key] = _world.NowMicros;
            Attempt(key, operation);
        }

        private void Attempt(int key, int operation)
        {
            var up = _world.Nodes.Where(n => n != _victim && n.State == NodeState.Up).ToList();
            var node = up[(key + operation) % up.Count];
            _askedOf[key] = node.Id;
            var record = new RecordDraft($"k{key}", new byte[32], default, 0);
            var ask = new LogAppend([record], new ProducerId(0xB000UL + (ulong)key), operation, Durability.FsyncQuorum);
            _world.Ask(node.Id, ask, (reply, _) =>
            {
                if (operation != _operation[key]) return;
                if (reply is LogReply.Appended)
                {
                    if (_invoked[key] >= _killedMicros && _firstAfter[key] == 0)
                        _firstAfter[key] = _world.NowMicros;
                    _askedOf[key] = NodeId.None;
                    _world.After(20_000, "next", () => Next(key));
                }
                else _world.After(20_000, "again", () => Attempt(key, operation));
            });
            _world.After(3_000_000, "lost", () =>
            {
                if (operation == _operation[key]) Attempt(key, operation);
            });
        }
    }
}
