using System.Text.RegularExpressions;
using Outrider.Proofs.Generate;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>Names carry no meaning: a twin under other names gives the same text under other names.</summary>
public sealed class RenamedTwinTests
{
    private static readonly (string From, string To)[] Names =
    [
        ("StationHost", "AardHost"), ("TellerHost", "ZuluHost"), ("station", "aard"), ("teller", "zulu"),
        ("Station", "Aard"), ("Teller", "Zulu"), ("inner", "qux"), ("rounds", "bits"), ("voted", "flag"),
        ("said", "heap"), ("latest", "tip"), ("Token", "Parcel"), ("Vote", "Nod"), ("Tally", "Sum"),
        ("cargo", "stuff"), ("seen", "marks"), ("quorums", "enough"),
    ];

    [Fact]
    public void ATwinUnderOtherNamesGivesTheSameText()
    {
        using var original = new ProtocolCopy();
        using var twin = new ProtocolCopy(t => Rename(t, Names));
        var expected = Generator.Invariants(original.Read(), "spec.dfy");
        var actual = Generator.Invariants(twin.Read(), "spec.dfy");
        Assert.Equal(expected.Select(f => Rename(f.Text, Names)), actual.Select(f => f.Text));
    }

    [Fact]
    public void AnUnrelatedHostKindChangesNoLemma()
    {
        const string idle = """

            module IdleHost {
              import opened UtilitiesLibrary
              import opened Types
              datatype Constants = Constants(id: nat)
              datatype Variables = Variables(naps: nat) {
                ghost predicate WF(c: Constants) { true }
              }
              ghost predicate GroupWFConstants(grp_c: seq<Constants>) { true }
              ghost predicate GroupWF(grp_c: seq<Constants>, grp_v: seq<Variables>) { |grp_v| == |grp_c| }
              ghost predicate GroupInit(grp_c: seq<Constants>, grp_v: seq<Variables>) { true }
              ghost predicate Init(c: Constants, v: Variables) { v.naps == 0 }
              datatype Step = NapStep()
              ghost predicate NextStep(c: Constants, v: Variables, v': Variables, step: Step, msgOps: MessageOps) {
                match step
                  case NapStep => NextNapStep(c, v, v', msgOps)
              }
              ghost predicate Next(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
                exists step :: NextStep(c, v, v', step, msgOps)
              }
              ghost predicate NextNapStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
                && msgOps.recv.None?
                && msgOps.send.None?
                && v' == v.(naps := v.naps + 1)
              }
            }
            """;
        using var original = new ProtocolCopy();
        using var larger = new ProtocolCopy(
            t => t.Contains("module StationHost", StringComparison.Ordinal)
                ? t.Replace("stations: nat", "station: nat", StringComparison.Ordinal) + idle
                : t);
        var expected = Lemmas(Generator.Invariants(original.Read(), "spec.dfy"));
        var actual = Lemmas(Generator.Invariants(larger.Read(), "spec.dfy"));
        // The conjunction and its induction name the new kind; everything else stays as it was.
        Assert.NotEmpty(expected);
        Assert.Empty(expected.Where(l => !l.Contains("MessageInv", StringComparison.Ordinal)).Except(actual));
        Assert.Contains(actual, l => l.Contains("NextNapStepStepSkolemization", StringComparison.Ordinal));
    }

    private static List<string> Lemmas(IReadOnlyList<GeneratedFile> files) =>
        files.SelectMany(f => f.Text.Split("\n\n")).Where(p => p.Contains("lemma ", StringComparison.Ordinal))
            // The last one of a module is followed by the module's own bracket.
            .Select(p => p.Split("\n  }\n")[0].TrimEnd('}', '\n', ' ')).ToList();

    private static string Rename(string text, (string From, string To)[] names)
    {
        foreach (var (from, to) in names)
        {
            text = Regex.Replace(text, from, to, RegexOptions.CultureInvariant);
        }

        return text;
    }
}
