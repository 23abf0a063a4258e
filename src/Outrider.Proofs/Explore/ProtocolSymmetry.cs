using Outrider.Proofs.Eval;
using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Explore;

public sealed partial class Protocol
{
    internal Limits Limits => machine.Domains.Limits;

    internal State Renamed(Renaming renaming, State s) =>
        renaming.Apply(s, constantsShape, hostsShape, NetworkShape);

    /// <summary>
    /// Names of the number types by which hosts of a group call themselves: a named synonym, in whose field each host's
    /// constants hold its own index.
    /// </summary>
    internal IEnumerable<string> IndexTypes(HostGroup group, Value[] constants)
    {
        var at = constantsShape.Ctors[0].IndexOf(group.ConstantsField);
        var shape = constantsShape.CtorArgs[0][at].Args[0];
        if (shape.Kind != ShapeKind.Datatype)
        {
            yield break;
        }

        for (var f = 0; f < shape.CtorArgs[0].Length; f++)
        {
            var type = shape.CtorArgs[0][f];
            if (type.Kind == ShapeKind.Int && type.Type.Name is not ("int" or "nat")
                && constants.Select((c, i) => ((CtorValue)c).Parts[f].Equals(IntValue.Of(i))).All(same => same))
            {
                yield return type.Type.Name;
            }
        }
    }

    internal IEnumerable<string> AbstractTypes() => program.Modules.SelectMany(m => m.Types)
        .Where(t => t.Kind == TypeKind.Abstract && t.TypeParameters.Count == 0).Select(t => t.Name);
}
