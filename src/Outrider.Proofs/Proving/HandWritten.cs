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
        return program.Modules.SelectMany(m => m.Members)
            .Where(m => m.Name == Invariant && m.Body != null && Stands(m, file))
            .Sum(m => Count(program, m.Body!, file, 0));
    }

    private static int Count(ProgramText program, Expr e, string file, int depth) => Conjuncts.Of(e).Sum(conjunct =>
        conjunct is not CallExpr call || program.Member(call.Owner, call.Name) is not { } callee ? 1
        : !Stands(callee, file) ? 0
        : callee.Body != null && depth < 8 ? Count(program, callee.Body, file, depth + 1) : 1);

    private static bool Stands(MemberText member, string file) =>
        member.At.File.Length > 0 && Path.GetFullPath(member.At.File) == file;
}
