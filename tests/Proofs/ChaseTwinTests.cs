using System.Text.RegularExpressions;
using Outrider.Proofs;
using Outrider.Proofs.Chase;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Tests.Proofs;

/// <summary>
/// The attempts at a proof go by what a protocol does: under other names, with hosts in another order and an unrelated
/// kind beside them they are the same.
/// </summary>
public sealed class ChaseTwinTests
{
    private static readonly (string From, string To)[] Names =
    [
        ("CandidateHost", "AppleHost"), ("VoterHost", "PearHost"), ("candidates", "apples"), ("voters", "pears"),
        ("supporters", "zest"), ("elected", "ripe"), ("Canvass", "Shake"), ("Vote", "Drop"),
    ];

    [Fact]
    public void OtherNamesGiveTheSameAttempts()
    {
        using var original = new ModelCopy("ballot", t => t);
        using var twin = new ModelCopy("ballot", t => Rename(t));
        var expected = original.Attempts();
        Assert.All(expected, e => Assert.NotEmpty(e));
        Assert.Equal(expected.Select(Rename), twin.Attempts());
    }

    [Fact]
    public void TheOrderOfHostsAndAnUnrelatedKindGiveTheSameAttempts()
    {
        using var original = new ModelCopy("ballot", t => t);
        using var twin = new ModelCopy("ballot", t => AddIdle(t));
        Assert.Equal(original.Attempts(), twin.Attempts());
    }

    private static string Rename(string text) =>
        Names.Aggregate(text, (t, n) => Regex.Replace(t, n.From, n.To, RegexOptions.CultureInvariant));

    /// <summary>The two modules of the hosts change places, and a copy of one under another name joins them.</summary>
    private static string AddIdle(string text)
    {
        var modules = Regex.Matches(text, @"(^//[^\n]*\n)*^module \w+Host \{\n.*?^\}\n",
            RegexOptions.Multiline | RegexOptions.Singleline).Select(m => m.Value).ToList();
        if (modules.Count != 2)
        {
            return text;
        }

        const string idle = """

            module IdleHost {
              import opened UtilitiesLibrary
              import opened Types
              datatype Constants = Constants(id: nat)
              datatype Variables = Variables(naps: set<nat>, elected: bool) {
                ghost predicate WF(c: Constants) { true }
              }
              ghost predicate GroupWFConstants(grp_c: seq<Constants>) { true }
              ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) { |grp_v| == |grp_c| }
              ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>) { true }
              ghost predicate Init(c: Constants, v: Variables) { v.naps == {} }
              datatype Step = NapStep()
              ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
                match step
                  case NapStep => msgOps.recv == msgOps.send == None && v' == v.(naps := v.naps + {c.id})
              }
              ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
                exists step :: NextStep(c, v, v', step, msgOps)
              }
            }
            """;
        var head = text[..text.IndexOf(modules[0], StringComparison.Ordinal)];
        return head + modules[1] + "\n" + modules[0] + idle;
    }

    private sealed class ModelCopy : IDisposable
    {
        private readonly string root = Directory.CreateTempSubdirectory("outrider-chase").FullName;
        private readonly string home;

        public ModelCopy(string name, Func<string, string> change)
        {
            home = Path.Combine(root, "models", name);
            foreach (var part in new[] { name, "lib" })
            {
                Directory.CreateDirectory(Path.Combine(root, "models", part));
                foreach (var file in Directory.GetFiles(Models.PathOf(part), "*.dfy"))
                {
                    if (!file.EndsWith("Autogen.dfy", StringComparison.Ordinal)
                        && Path.GetFileName(file) != ProtocolDirectory.SystemFile)
                    {
                        var text = File.ReadAllText(file);
                        File.WriteAllText(
                            Path.Combine(root, "models", part, Path.GetFileName(file)),
                            part == "lib" ? text : change(text));
                    }
                }
            }

            // The fields of the system follow the modules' names unless said otherwise: models say voters, not voter.
            var hosts = ModelReader.Read(FrontEnd.Load([Path.Combine(home, ProtocolDirectory.HostsFile)]));
            var system = SystemWriter.Write(hosts, ProtocolDirectory.HostsFile).Text;
            foreach (var kind in hosts.Hosts.Where(h => h.Module != "IdleHost"))
            {
                system = Regex.Replace(system, $@"\b{kind.SystemField}\b", kind.SystemField + "s");
            }

            File.WriteAllText(Path.Combine(home, ProtocolDirectory.SystemFile), system);
        }

        public List<string> Attempts()
        {
            var program = FrontEnd.Load(ProtocolDirectory.Open(home).Sources);
            Assert.True(program.Ok, string.Join("\n", program.Diagnostics));
            var model = ModelReader.Read(program);
            var words = new Vocabulary(model);
            return
            [
                .. from goal in Goal.Of(model, words)
                from rules in new[] { SetRules.None, SetRules.Some, SetRules.All }
                select ProofNode.Render(new ScriptBuilder(model, words, 2, rules).Build(goal), ""),
            ];
        }

        public void Dispose() => Directory.Delete(root, true);
    }
}
