using Outrider.Proofs;
using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Tests.Proofs.Generate;

/// <summary>A copy of a test protocol in a directory of its own, whose name holds a space.</summary>
internal sealed class ProtocolCopy : IDisposable
{
    private readonly string root = Path.Combine(Path.GetTempPath(), $"outrider tests {Guid.NewGuid():N}");

    /// <param name="change">Applied to the text of every file.</param>
    public ProtocolCopy(Func<string, string>? change = null)
    {
        var source = Path.Combine(AppContext.BaseDirectory, "inputs", "odd shapes");
        foreach (var file in Directory.GetFiles(source, "*.dfy", SearchOption.AllDirectories))
        {
            var target = Path.Combine(root, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var text = File.ReadAllText(file);
            File.WriteAllText(target, change?.Invoke(text) ?? text);
        }
    }

    /// <summary>The hosts lie one level above the system and its specification.</summary>
    public string Variant => Path.Combine(root, "variant");

    public string Hosts => Path.Combine(root, "hosts.dfy");

    public string Words => Path.Combine(root, "words.dfy");

    /// <summary>Writes the system if need be and reads the whole.</summary>
    public ProtocolModel Read()
    {
        var hosts = ModelReader.Read(FrontEnd.Load([Hosts]));
        if (!hosts.Usable)
        {
            return hosts;
        }

        File.WriteAllText(
            Path.Combine(Variant, ProtocolDirectory.SystemFile), SystemWriter.Write(hosts, "../hosts.dfy").Text);
        return ModelReader.Read(FrontEnd.Load(ProtocolDirectory.Open(Variant).Sources));
    }

    public void Dispose() => Directory.Delete(root, true);
}
