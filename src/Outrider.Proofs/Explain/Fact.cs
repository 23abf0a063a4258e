using Outrider.Proofs.Eval;
using Outrider.Proofs.Explore;

namespace Outrider.Proofs.Explain;

/// <summary>
/// A fact about one host, written <c>participants[2].decision == Commit</c>: a field or a path below it, compared by
/// <c>==</c>, <c>!=</c> or <c>contains</c> with a value as it is printed, or a field alone, which asks for its value
/// to differ from the initial one.
/// </summary>
public sealed record Fact(HostGroup Group, int Index, IReadOnlyList<string> Path, string Operator, string Literal)
{
    /// <exception cref="UsageException">The text is no fact about this protocol.</exception>
    public static Fact Parse(Protocol protocol, string text)
    {
        var op = new[] { "==", "!=", " contains " }.FirstOrDefault(o => text.Contains(o, StringComparison.Ordinal));
        var at = op == null ? text.Length : text.IndexOf(op, StringComparison.Ordinal);
        var left = text[..at].Trim();
        var open = left.IndexOf('[', StringComparison.Ordinal);
        var close = left.IndexOf(']', StringComparison.Ordinal);
        if (open <= 0 || close < open || !int.TryParse(left.AsSpan(open + 1, close - open - 1), out var index)
            || close + 2 > left.Length || left[close + 1] != '.')
        {
            throw new UsageException(
                $"'{text}' is no fact; write one like \"{protocol.Groups[0].Field}[0].field == value\"");
        }

        var group = protocol.FindGroup(left[..open]) ?? throw new UsageException(
            $"no host group '{left[..open]}'; there are {string.Join(", ", protocol.Groups.Select(g => g.Field))}");
        var path = left[(close + 2)..].Split('.');
        var fields = protocol.Program.Module(group.Module)!.Types.Where(t => t.ShortName == "Variables")
            .SelectMany(t => t.Constructors).SelectMany(c => c.Formals).Select(f => f.Name).ToList();
        if (fields.Count > 0 && !fields.Contains(path[0], StringComparer.Ordinal))
        {
            throw new UsageException(
                $"{group.Field} have no field '{path[0]}'; there are {string.Join(", ", fields)}");
        }

        return new Fact(
            group, index, path, op?.Trim() ?? "", op == null ? "" : text[(at + op.Length)..].Trim());
    }

    /// <summary>The value at the end of the path, or null when the host or a field on the way is not there.</summary>
    public Value? ValueIn(State state)
    {
        var hosts = ((SeqValue)state.Hosts.Field(Group.Field)!).Items;
        Value? v = Index < hosts.Count ? hosts[Index] : null;
        foreach (var name in Path)
        {
            v = (v as CtorValue)?.Field(name);
        }

        return v;
    }

    /// <summary>Whether there is no such host.</summary>
    public bool IndexIsBeyond(State state) => Index >= ((SeqValue)state.Hosts.Field(Group.Field)!).Items.Count;

    public bool HoldsIn(State state, State initial)
    {
        var v = ValueIn(state);
        return v != null && Operator switch
        {
            "==" => Matches(v),
            "!=" => !Matches(v),
            "contains" => Members(v).Any(Matches),
            _ => !v.Equals(ValueIn(initial)),
        };
    }

    // Commit also stands for Some(Commit): who asks for a value means it wherever it is wrapped.
    private bool Matches(Value v) => v.ToString() == Literal
        || (v is CtorValue { Args.Count: 1 } c && (c.Args[0].ToString() == Literal || Matches(c.Args[0])));

    private static IEnumerable<Value> Members(Value v) => v switch
    {
        SetValue s => s.Items,
        SeqValue q => q.Items,
        MapValue m => m.Keys,
        CtorValue { Args.Count: 1 } c => Members(c.Args[0]),
        _ => [],
    };

    public override string ToString() =>
        $"{Group.Field}[{Index}].{string.Join('.', Path)}" + (Operator.Length == 0 ? "" : $" {Operator} {Literal}");
}
