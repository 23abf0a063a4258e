using Outrider.Proofs.Ir;

namespace Outrider.Proofs.Generate;

/// <summary>Which texts to write: what published proofs rely on, or also what is said of pairs of atoms.</summary>
public enum Profile
{
    Compat,
    /// <summary>Adds when things last changed, and what pairs of atoms that share a writer say together.</summary>
    Readable,
}

/// <summary>Writes the invariants of a protocol as Dafny text.</summary>
public static class Generator
{
    public const string MessageFile = "messageInvariantsAutogen.dfy";
    public const string MonotonicityFile = "monotonicityInvariantsAutogen.dfy";
    public const string OwnershipFile = "ownershipInvariantsAutogen.dfy";
    public const string CoProvenanceFile = "coProvenanceAutogen.dfy";
    public const string ProofFile = "safetyProofAutogen.dfy";

    /// <summary>The invariant files; <paramref name="spec"/> is the specification's path as they include it.</summary>
    public static IReadOnlyList<GeneratedFile> Invariants(
        ProtocolModel model, string spec, Profile profile = Profile.Compat)
    {
        var words = new Vocabulary(model);
        var files = new List<GeneratedFile>
        {
            new(MessageFile, new MessageInvariants(words).Write(spec)),
            new(MonotonicityFile, new Monotonicity(words).Write(spec)),
        };
        if (model.HasOwnership)
        {
            files.Add(new GeneratedFile(OwnershipFile, new Ownership(words).Write(spec)));
        }

        if (profile == Profile.Readable)
        {
            files.Add(new GeneratedFile(CoProvenanceFile, new CoProvenance(words).Write(spec)));
        }

        return files;
    }

    /// <summary>The whole proof around a body of the open lemma and further lemmas it calls.</summary>
    public static GeneratedFile Proof(ProtocolModel model, string spec, string body, IEnumerable<string> parts) =>
        new(ProofFile, new ProofSkeleton(new Vocabulary(model)).Write(spec, body, parts));
}
