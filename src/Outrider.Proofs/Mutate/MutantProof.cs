using Outrider.Proofs.Chase;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;
using Outrider.Proofs.Verify;

namespace Outrider.Proofs.Mutate;

/// <summary>
/// Attempts to prove a mutant safe: with the proof of the protocol it was made from, then with one found for it. A
/// field that no longer grows is taken for an ordinary one: safety may not rest on it.
/// </summary>
internal static class MutantProof
{
    private static readonly string[] Owed =
    [
        "lemma InitImpliesInv(c: Constants, v: Variables)\n    requires Init(c, v)\n    ensures Inv(c, v)\n",
        "lemma InvInductive(c: Constants, v: Variables, v': Variables)\n    requires Inv(c, v)\n"
            + "    requires Next(c, v, v')\n    ensures Inv(c, v')\n",
        "lemma InvImpliesSafety(c: Constants, v: Variables)\n    requires Inv(c, v)\n    ensures Safety(c, v)\n",
    ];

    internal static readonly VerifyOptions Options = new() { ResourceLimit = 20_000_000 };

    /// <summary>
    /// The proof among those in the folder <c>otherProofs</c> that Dafny accepts of this mutant, or null. People write
    /// them for faults that leave the protocol safe for another reason than its own; each must state all three lemmas.
    /// </summary>
    public static string? OtherFound(string path)
    {
        var directory = ProtocolDirectory.Open(path);
        var folder = directory.PathOf(ProtocolDirectory.OtherProofs);
        if (!Directory.Exists(folder))
        {
            return null;
        }

        foreach (var file in Directory.GetFiles(folder, "*.dfy").Order(StringComparer.Ordinal))
        {
            var text = File.ReadAllText(file);
            var program = FrontEnd.Load(directory.Sources.Append(file).ToArray());
            if (Array.TrueForAll(Owed, lemma => text.Contains(lemma, StringComparison.Ordinal)) && program.Ok
                && new Verifier(directory.Path, Options, TextWriter.Null).Run(program).Proved)
            {
                return Path.GetFileName(file);
            }
        }

        return null;
    }

    public static bool Found(string path)
    {
        var directory = ProtocolDirectory.Open(path);
        var model = ModelReader.Read(FrontEnd.Load(directory.Sources));
        if (!model.Usable)
        {
            return false;
        }

        var byHand = directory.UserProofFile != null;
        var proof = directory.UserProofFile ?? Generator.ProofFile;
        var report = directory.Has(proof) ? Verify(directory, model, proof) : null;
        if (report is { Proved: true })
        {
            return true;
        }

        if (report != null && Weakened(model, report) is { } weaker)
        {
            model = weaker;
            report = Verify(directory, model, proof);
            if (report is { Proved: true })
            {
                return true;
            }
        }

        // Where people had to prove the original, the chase found nothing there and will find nothing here.
        if (byHand || (report != null && report.Open.Any(o => o.File != proof)))
        {
            return false;
        }

        foreach (var file in Generator.Invariants(model, ProtocolDirectory.SpecFile))
        {
            File.WriteAllText(directory.PathOf(file.Name), file.Text);
        }

        var proofs = new Chaser(
            model, directory.Path, ProtocolDirectory.SpecFile, Options, TextWriter.Null, false).Run();
        if (proofs.Any(p => !p.Proved))
        {
            return false;
        }

        var text = ProofAssembly.Write(model, ProtocolDirectory.SpecFile, proofs);
        File.WriteAllText(directory.PathOf(text.Name), text.Text);
        return Verify(directory, model, Generator.ProofFile) is { Proved: true };
    }

    private static VerifyReport? Verify(ProtocolDirectory directory, ProtocolModel model, string proof)
    {
        var asks = File.ReadAllText(directory.PathOf(proof))
            .Contains(Generator.CoProvenanceFile, StringComparison.Ordinal);
        foreach (var file in Generator.Invariants(
            model, ProtocolDirectory.SpecFile, asks ? Profile.Readable : Profile.Compat))
        {
            File.WriteAllText(directory.PathOf(file.Name), file.Text);
        }

        var program = FrontEnd.Load(directory.Sources.Append(directory.PathOf(proof)).ToArray());
        return program.Ok ? new Verifier(directory.Path, Options, TextWriter.Null).Run(program) : null;
    }

    /// <summary>The model without the annotations whose invariants fail, or null when none does.</summary>
    private static ProtocolModel? Weakened(ProtocolModel model, VerifyReport report)
    {
        var open = report.Open.Select(o => o.Symbol[(o.Symbol.LastIndexOf('.') + 1)..])
            .ToHashSet(StringComparer.Ordinal);
        bool Fails(HostKind host, Field field) =>
            field.Monotonic && open.Contains("InvNext" + Monotonicity.NameOf(host, field));
        return !model.Hosts.Any(h => h.Fields.Any(f => Fails(h, f)))
            ? null
            : model with
            {
                Hosts = [.. model.Hosts.Select(h => h with
                {
                    Fields = [.. h.Fields.Select(f => Fails(h, f) ? f with { Monotonic = false } : f)],
                })],
            };
    }
}
