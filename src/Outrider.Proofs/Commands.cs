using Outrider.Proofs.Generate;
using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs;

/// <summary>The verbs of <c>prove</c>. Exit codes: 0 proved, 1 refuted or failed, 2 usage, 7 tool missing.</summary>
public static class Commands
{
    public static int Run(string[] args, TextWriter stdout, TextWriter stderr)
    {
        if (ExplorationCommands.Run(args, stdout, stderr) is { } code)
        {
            return code;
        }

        var d = ProtocolDirectory.Open(args[1]);
        var model = ModelReader.Read(FrontEnd.Load(d.Sources));
        foreach (var x in model.Diagnostics)
        {
            stderr.WriteLine(x);
        }

        foreach (var f in Generator.Invariants(model, "spec.dfy").Append(Generator.Proof(model, "spec.dfy", "", [])))
        {
            File.WriteAllText(d.PathOf(f.Name), f.Text);
        }

        return 0;
    }
}
