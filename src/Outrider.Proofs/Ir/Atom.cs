namespace Outrider.Proofs.Ir;

/// <summary>All fields of one host kind that have the same writers: its value names its cause.</summary>
public sealed record Atom(HostKind Host, IReadOnlyList<Field> Fields, IReadOnlyList<Transition> Writers)
{
    /// <summary>Writers' names run together: the stem of the generated names.</summary>
    public string Stem => string.Concat(Writers.Select(w => w.Name))
        + (Fields is [{ In.Count: > 0 } first, ..] ? "In" + string.Concat(first.In) : "");

    /// <summary>One field of an atom that has more.</summary>
    public bool IsPart { get; init; }

    /// <summary>Every writer looks into a message it receives: the cause can be named by that message alone.</summary>
    public bool NamesMessage =>
        Writers.All(w => w.Receives && w.NamesInMessage && w.Callable && !w.Roles.Contains(Role.MsgOps));

    /// <summary>Groups the fields by writer set in the order in which writers first name them.</summary>
    public static IReadOnlyList<Atom> Of(HostKind host)
    {
        var fields = new List<Field>();
        foreach (var write in host.Transitions.SelectMany(t => t.Writes))
        {
            if (!fields.Exists(f => f.Path.SequenceEqual(write.Path)))
            {
                fields.Add(write);
            }
        }

        var atoms = new List<Atom>();
        foreach (var field in fields)
        {
            var writers = host.Transitions
                .Where(t => t.Writes.Any(w => Field.Overlap(w.Path, field.Path))).ToArray();
            var at = atoms.FindIndex(a => a.Writers.SequenceEqual(writers, ReferenceEqualityComparer.Instance)
                && a.Fields[0].In.SequenceEqual(field.In));
            if (at < 0)
            {
                atoms.Add(new Atom(host, [field], writers));
            }
            else
            {
                atoms[at] = atoms[at] with { Fields = [.. atoms[at].Fields, field] };
            }
        }

        return atoms;
    }
}
