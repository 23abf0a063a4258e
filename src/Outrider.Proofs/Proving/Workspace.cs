using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;

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

    /// <summary>Reads the protocol and prints its warnings.</summary>
    /// <exception cref="UnreadableException">It cannot be used.</exception>
    public static Workspace Open(VerbLine line, string path, string? output, bool writeSystem)
    {
        var directory = ProtocolDirectory.Open(path);
        var program = ProtocolReader.Resolve(directory, line.Error, writeSystem);
        return new Workspace(directory, ProtocolReader.Model(program, line.Error), output ?? directory.Path);
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
}
