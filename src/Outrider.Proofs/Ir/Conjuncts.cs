using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

internal static class Conjuncts
{
    public static IEnumerable<Expr> Of(Expr e) => e is BinaryExpr { Op: BinaryOp.And } and
        ? Of(and.Left).Concat(Of(and.Right))
        : [e];
}
