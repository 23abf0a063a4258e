using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Proving;

/// <summary>A protocol directory with what is read from it and written into it.</summary>
internal sealed class Workspace
{
    private Workspace(ProtocolDirectory directory, ProtocolModel model, string output)
    {
        Directory = directory;
        Model = model;
        Output = output;
    }

    public ProtocolDirectory Directory { get; }

    public ProtocolModel Model { get; }

    /// <summary>Where generated files go.</summary>
    public string Output { get; }

    /// <summary>The specification as generated files include it.</summary>
    public string Spec => Path.GetRelativePath(
        Path.GetFullPath(Output), Path.GetFullPath(Directory.PathOf(ProtocolDirectory.SpecFile)));

    /// <summary>Reads the protocol; prints its diagnostics, and answers null when it cannot be used.</summary>
    public static Workspace? Open(VerbLine line, string path, string? output, bool writeSystem)
    {
        var directory = ProtocolDirectory.Open(path);
        if (writeSystem || !directory.Has(ProtocolDirectory.SystemFile))
        {
            WriteSystem(line, directory);
        }

        directory.DemandSpec();

        var model = ModelReader.Read(FrontEnd.Load(directory.Sources));
        foreach (var diagnostic in model.Diagnostics)
        {
            line.Error.WriteLine(diagnostic);
        }

        return model.Usable ? new Workspace(directory, model, output ?? directory.Path) : null;
    }

    public void Write(GeneratedFile file)
    {
        System.IO.Directory.CreateDirectory(Output);
        var path = Path.Combine(Output, file.Name);
        // Unchanged files keep their time stamps, so that other tools see no change where there is none.
        if (!File.Exists(path) || File.ReadAllText(path) != file.Text)
        {
            File.WriteAllText(path, file.Text);
        }
    }

    private static void WriteSystem(VerbLine line, ProtocolDirectory directory)
    {
        if (!directory.Has(ProtocolDirectory.HostsFile))
        {
            throw new UsageException($"{directory.PathOf(ProtocolDirectory.HostsFile)} is missing");
        }

        var hosts = ModelReader.Read(FrontEnd.Load([directory.PathOf(ProtocolDirectory.HostsFile)]));
        if (!hosts.Usable)
        {
            foreach (var diagnostic in hosts.Diagnostics)
            {
                line.Error.WriteLine(diagnostic);
            }

            throw new UsageException("the distributed system cannot be written before the hosts are right");
        }

        var file = SystemWriter.Write(hosts, ProtocolDirectory.HostsFile);
        File.WriteAllText(directory.PathOf(file.Name), file.Text);
        line.Error.WriteLine($"wrote {directory.PathOf(file.Name)}");
    }
}
