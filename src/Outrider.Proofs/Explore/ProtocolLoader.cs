using Outrider.Proofs.Eval;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

/// <summary>
/// Reads a protocol's directory for execution, together with the generated invariants: those that lie there with the
/// user's proof, or else fresh ones.
/// </summary>
public static class ProtocolLoader
{
    /// <exception cref="ProtocolException">The text does not resolve; the message has the first place.</exception>
    public static Protocol Load(string directory, Limits limits, bool withInvariants = true)
    {
        var files = ProtocolDirectory.Open(directory);
        files.DemandSpec();
        files.DemandSystem();
        var plain = ProtocolReader.Resolve(files, TextWriter.Null);
        if (!withInvariants)
        {
            return new Protocol(plain, limits);
        }

        var scratch = Directory.CreateTempSubdirectory("outrider-explore");
        try
        {
            return new Protocol(WithInvariants(files, plain, scratch.FullName) ?? plain, limits);
        }
        finally
        {
            scratch.Delete(true);
        }
    }

    // A text that cannot be generated or does not resolve is the generator's to report; exploration does without.
    private static ProgramText? WithInvariants(ProtocolDirectory files, ProgramText plain, string scratch)
    {
        var lying = new[] { Generator.MessageFile, Generator.MonotonicityFile, Generator.OwnershipFile }
            .Where(files.Has).Select(files.PathOf).ToList();
        if (lying.Count > 0)
        {
            var all = FrontEnd.Load([.. files.Sources, .. lying]);
            if (all.Ok)
            {
                return all;
            }
        }

        var model = ModelReader.Read(plain);
        if (!model.Usable)
        {
            return null;
        }

        var spec = Path.GetFullPath(files.PathOf(files.Has(ProtocolDirectory.SpecFile)
            ? ProtocolDirectory.SpecFile : ProtocolDirectory.SystemFile));
        var made = new List<string>();
        foreach (var file in Generator.Invariants(model, spec))
        {
            made.Add(Path.Combine(scratch, file.Name));
            File.WriteAllText(made[^1], file.Text);
        }

        var text = FrontEnd.Load([.. files.Sources, .. made]);
        return text.Ok ? text : null;
    }
}
