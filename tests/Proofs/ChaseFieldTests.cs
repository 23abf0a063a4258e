using Outrider.Proofs;
using Outrider.Proofs.Chase;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Tests.Proofs;

/// <summary>
/// One step that fills one of two sets: the published witness asks for an element of each, which says nothing of
/// either.
/// </summary>
[Collection("models")]
public sealed class ChaseFieldTests : IDisposable
{
    private const string TwoSteps = "CountYesStep() | CountNoStep()";
    private readonly string root = Directory.CreateTempSubdirectory("outrider-chase").FullName;

    [Fact]
    public void EachOfTwoSetsThatOneStepFillsHasACause()
    {
        var home = CopyOfCommit();
        var program = FrontEnd.Load(ProtocolDirectory.Open(home).Sources);
        Assert.True(program.Ok, string.Join("\n", program.Diagnostics));
        var model = ModelReader.Read(program);
        foreach (var file in Generator.Invariants(model, ProtocolDirectory.SpecFile))
        {
            File.WriteAllText(Path.Combine(home, file.Name), file.Text);
        }

        var words = new Vocabulary(model);
        var proofs = Goal.Of(model, words)
            .Select(g => new GoalProof(g, true, new ScriptBuilder(model, words, 1, RulesFor(g)).Build(g))).ToList();
        var proof = ProofAssembly.Write(model, ProtocolDirectory.SpecFile, proofs);
        Assert.Contains("ChaseCoordinatorHostYesStepSkolemization(c, v, j", proof.Text, StringComparison.Ordinal);
        Assert.Contains("ChaseCoordinatorHostNoStepSkolemization(c, v, j", proof.Text, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(home, proof.Name), proof.Text);
        var result = new DafnyProcess(home, new VerifyOptions()).Run([proof.Name], ".Prove", 0, _ => { });
        // All three goals, that is: with these causes, and nothing by hand.
        Assert.Equal(
            ["ProveAbortNeedsOne", "ProveAgreement", "ProveCommitNeedsAll"],
            result.Tasks.Where(t => t.Outcome == ObligationOutcome.Correct)
                .Select(t => t.Symbol[(t.Symbol.LastIndexOf('.') + 1)..]).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(result.Tasks, t => t.Outcome != ObligationOutcome.Correct);
    }

    // As the chase finds out by trying.
    private static SetRules RulesFor(Goal goal) => goal.Name switch
    {
        "CommitNeedsAll" => SetRules.Full,
        "AbortNeedsOne" => SetRules.Some,
        _ => SetRules.None,
    };

    public void Dispose() => Directory.Delete(root, true);

    private string CopyOfCommit()
    {
        foreach (var part in new[] { "commit", "lib" })
        {
            Directory.CreateDirectory(Path.Combine(root, part));
            foreach (var file in Directory.GetFiles(Models.PathOf(part), "*.dfy")
                .Where(f => !f.EndsWith("Autogen.dfy", StringComparison.Ordinal)))
            {
                File.Copy(file, Path.Combine(root, part, Path.GetFileName(file)));
            }
        }

        var hosts = Path.Combine(root, "commit", ProtocolDirectory.HostsFile);
        var text = File.ReadAllText(hosts);
        Assert.Contains(TwoSteps, text, StringComparison.Ordinal);
        var from = text.IndexOf("  ghost predicate NextCountYesStep", StringComparison.Ordinal);
        var to = text.IndexOf("  ghost predicate NextDecideStep", StringComparison.Ordinal);
        text = text[..from] + OneStep + text[to..];
        text = text.Replace(TwoSteps, "CountStep()", StringComparison.Ordinal)
            .Replace("      case CountNoStep => NextCountNoStep(c, v, v', msgOps)\n", "", StringComparison.Ordinal)
            .Replace("CountYesStep", "CountStep", StringComparison.Ordinal);
        File.WriteAllText(hosts, text);
        return Path.Combine(root, "commit");
    }

    private const string OneStep = """
          ghost predicate NextCountStep(c: Constants, v: Variables, v': Variables, msgOps: MessageOps) {
            && msgOps.recv.Some?
            && msgOps.send.None?
            && ReceiveBallot(c, v, v', msgOps.recv.value)
          }

          ghost predicate ReceiveBallot(c: Constants, v: Variables, v': Variables, inMsg: Message) {
            && inMsg.Ballot?
            && if inMsg.vote == Yes then
                 v' == v.(yes := v.yes + {inMsg.voter})
               else
                 v' == v.(no := v.no + {inMsg.voter})
          }


        """;
}
