using Outrider.Proofs;
using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;
using Outrider.Proofs.Syntax;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>
/// Protocols of unlike shapes: maps of sets and of maps, multisets, sets of messages, tuples, opaque guards, rings,
/// quorum systems, keys, hints, libraries elsewhere, states of several constructors, hosts
/// whose constants have another name than their states. What is generated for each resolves, nothing refutes it, and a
/// fault is found.
/// </summary>
public sealed class OddProtocolTests
{
    [Theory]
    [InlineData("ring of ranks", "ReceiveClaimStepSkolemization", "else other + 1 == c.id", "else other == c.id")]
    [InlineData("key vault", "OwnershipInv", "map k | k in v.held && k != outMsg.key :: v.held[k]", "v.held")]
    [InlineData("paper trail", "ReceiveReceiptStepSkolemization",
        "&& inMsg.clerk == c.id\n    && v' == v.(filed", "&& v' == v.(filed")]
    [InlineData("opaque boxes", "ReceiveShipStepSkolemization", "box.colour != Blue", "box.colour != Red")]
    [InlineData("three ranks", "ReceiveRulingStepSkolemization", "q <= At(", "q != At(")]
    [InlineData("hinted epochs", "Custom1SendBumpReceiveBumpSendGrantReceiveGrantStepSkolemization",
        "v.(epoch := inMsg.epoch, friends := {})", "v.(epoch := inMsg.epoch)")]
    [InlineData("crown by quorums", "ReceiveBackStepSkolemization", "c.quorum <= |v", "0 <= |v")]
    [InlineData("three calls", "Custom1ReceiveAnswer1StepSkolemization",
        "|v.willing| == c.members", "0 <= |v.willing|")]
    [InlineData("ledger of slots", "ReceiveProposeSendKeptStepSkolemization",
        "|v.tally.votes[slot][entry]| == c.keepers", "0 < c.keepers")]
    [InlineData("work orders", "ReceiveOfferInWorkingStepSkolemization",
        "inMsg.task.owner == c.id", "inMsg.task.owner != c.id")]
    [InlineData("crates", "OwnershipInv", "&& inMsg.Lend?\n    && inMsg.dst == c.id", "&& inMsg.Lend?")]
    public void IsReadGeneratedExploredAndRefutedWhenBroken(string name, string lemma, string sound, string broken)
    {
        using var copy = new OddCopy(name);
        var (code, errors) = copy.Prove("gen", copy.Home, "--profile", "readable");
        Assert.True(code == 0, errors);
        var files = Directory.GetFiles(copy.Home, "*.dfy", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).ToArray();
        var program = FrontEnd.Load(files);
        Assert.True(program.Ok, string.Join("\n", program.Diagnostics));
        Assert.Contains(program.Modules.SelectMany(m => m.Members), m => m.Name == lemma);
        Assert.Null(copy.Explore());

        var hosts = Assert.Single(Directory.GetFiles(copy.Home, "hosts.dfy", SearchOption.AllDirectories));
        var text = File.ReadAllText(hosts);
        Assert.Contains(sound, text, StringComparison.Ordinal);
        File.WriteAllText(hosts, text.Replace(sound, broken, StringComparison.Ordinal));
        Assert.NotNull(copy.Explore());
    }

    private sealed class OddCopy : IDisposable
    {
        private readonly string root = Path.Combine(Path.GetTempPath(), $"odd shapes {Guid.NewGuid():N}");

        public OddCopy(string name)
        {
            Home = Path.Combine(root, name);
            var inputs = Path.Combine(AppContext.BaseDirectory, "inputs");
            foreach (var part in new[] { name, "shared things" })
            {
                foreach (var file in Directory.GetFiles(
                    Path.Combine(inputs, part), "*.dfy", SearchOption.AllDirectories))
                {
                    var target = Path.Combine(root, Path.GetRelativePath(inputs, file));
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(file, target);
                }
            }
        }

        public string Home { get; }

        public (int Code, string Errors) Prove(params string[] args)
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            return (Commands.Run(args, output, error), error.ToString());
        }

        public string? Explore()
        {
            var protocol = ProtocolLoader.Load(Home, new Limits(), false);
            // Three kinds of hosts have 27 choices of sizes: one of them tells enough.
            var sizes = new SortedDictionary<string, int>(StringComparer.Ordinal);
            foreach (var group in protocol.Groups.Where(_ => protocol.Groups.Count > 2))
            {
                sizes[group.Field] = 2;
            }

            var options = new ExploreOptions
            {
                Sizes = sizes,
                MaxStates = 1500,
                MaxSeconds = 600,
                RandomRuns = 60,
                MaxSteps = 30,
            };
            return new Explorer(protocol, options).Run().Violation?.Predicate;
        }

        public void Dispose() => Directory.Delete(root, true);
    }
}
