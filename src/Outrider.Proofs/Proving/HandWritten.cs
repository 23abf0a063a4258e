using Outrider.Proofs.Ir;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Proving;

/// <summary>
/// Counts what a person added to the inductive invariant: the conjuncts of the proof's <c>Inv</c> that are neither
/// generated nor part of the protocol and its specification.
/// </summary>
internal static class HandWritten
{
    private const string Invariant = "Inv";

    public static int Invariants(ProgramText program, string proofFile)
    {
        var file = Path.GetFullPath(proofFile);
        var own = program.Modules.Where(m => Path.GetFullPath(m.At.File) == file).SelectMany(m => m.Members).ToList();
        return own.Where(m => m.Name == Invariant && m.Body != null).Sum(m => Count(program, m.Body!, file, 0));
    }

    private static int Count(ProgramText program, Expr e, string file, int depth) => Conjuncts.Of(e).Sum(conjunct =>
        conjunct is not CallExpr call || program.Member(call.Owner, call.Name) is not { } callee ? 1
        : Path.GetFullPath(callee.At.File) != file ? 0
        : callee.Body != null && depth < 8 ? Count(program, callee.Body, file, depth + 1) : 1);
}
