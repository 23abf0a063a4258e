using Outrider.Proofs.Syntax;
using Outrider.Proofs.Tools;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove doctor</c>: says what is found of the tools; with <c>--fetch</c> gets what is not.</summary>
internal static class DoctorCommand
{
    public static int Run(VerbLine line)
    {
        var fetch = line.Flag("fetch");
        line.End();
        if (fetch && ProofTools.Dafny() == null)
        {
            ToolFetch.Dafny(line.Error);
        }

        if (fetch && ProofTools.Z3() == null)
        {
            ToolFetch.Z3(line.Error);
        }

        var front = FrontEnd.Find();
        var dafny = ProofTools.Dafny();
        var z3 = ProofTools.Z3();
        line.Out.WriteLine(front == null
            ? "front end: missing. Build the solution, or set OUTRIDER_DAFNY_FRONTEND to outrider-dafny.dll"
            : $"front end: {front}");
        line.Out.WriteLine(dafny == null
            ? ProofTools.ProblemOf("OUTRIDER_DAFNY") is { } wrong ? $"dafny:     {wrong}"
            : $"dafny:     missing. 'prove doctor --fetch' installs {ProofTools.DafnyVersion} into "
                + $"{ProofTools.Folder}; or set OUTRIDER_DAFNY to Dafny.dll"
            : $"dafny:     {dafny.Version}, {dafny.Path}");
        line.Out.WriteLine(z3 == null
            ? ProofTools.ProblemOf("OUTRIDER_Z3") is { } bad ? $"z3:        {bad}"
            : $"z3:        missing. 'prove doctor --fetch' unpacks Debian's package into {ProofTools.Folder}; "
                + "or install package z3, or set OUTRIDER_Z3"
            : $"z3:        {z3.Version}, {z3.Path}");
        if (z3 != null && z3.Version != ProofTools.Z3Version)
        {
            line.Out.WriteLine(
                $"           proofs here were made with {ProofTools.Z3Version}; another version may need other hints");
        }

        return front == null || dafny == null || z3 == null ? 7 : 0;
    }
}
