using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs;

/// <summary>
/// Reads the protocol of a directory for whatever verb: writes the system where it is missing, resolves, and refuses
/// what lacks a specification.
/// </summary>
internal static class ProtocolReader
{
    /// <exception cref="UnreadableException">The text does not resolve, or claims nothing.</exception>
    /// <exception cref="UsageException">A file is missing.</exception>
    public static ProgramText Resolve(ProtocolDirectory directory, TextWriter told, bool writeSystem = false)
    {
        directory.DemandSpec();
        if (writeSystem || !directory.Has(ProtocolDirectory.SystemFile))
        {
            WriteSystem(directory, told);
        }

        var program = UnreadableException.Demand(FrontEnd.Load(directory.Sources));
        return SpecCheck.Of(program, directory.PathOf(ProtocolDirectory.SpecFile)) is { } wrong
            ? throw new UnreadableException([wrong])
            : program;
    }

    /// <summary>The model of a resolved protocol; tells its warnings.</summary>
    /// <exception cref="UnreadableException">A convention is broken without which nothing can be generated.</exception>
    public static ProtocolModel Model(ProgramText program, TextWriter told)
    {
        var model = ModelReader.Read(program);
        foreach (var warning in model.Diagnostics.Where(d => d.Severity != Severity.Error))
        {
            told.WriteLine(warning);
        }

        return model.Usable
            ? model
            : throw new UnreadableException(model.Diagnostics.Where(d => d.Severity == Severity.Error).ToList());
    }

    private static void WriteSystem(ProtocolDirectory directory, TextWriter told)
    {
        var path = directory.PathOf(ProtocolDirectory.HostsFile);
        if (!directory.Has(ProtocolDirectory.HostsFile))
        {
            throw new UsageException($"{path} is missing: it declares one module for each kind of host");
        }

        var hosts = Model(UnreadableException.Demand(FrontEnd.Load([path])), TextWriter.Null);
        var file = SystemWriter.Write(hosts, ProtocolDirectory.HostsFile);
        File.WriteAllText(directory.PathOf(file.Name), file.Text);
        told.WriteLine($"wrote {directory.PathOf(file.Name)}");
    }
}
