using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>
/// A protocol as state machines: what the generator, the evaluator and the chase work on. Lists are in the order of
/// declaration. The model is usable only when <see cref="Usable"/> says so; else the diagnostics say why not.
/// </summary>
public sealed record ProtocolModel(
    ProgramText Program, SystemShape System, MessageShape Messages, IReadOnlyList<HostKind> Hosts,
    IReadOnlyList<CustomHint> Hints, IReadOnlyList<Diagnostic> Diagnostics)
{
    public bool Usable => !Diagnostics.Any(d => d.Severity == Severity.Error);

    /// <summary>True when the host kinds say who owns a key: then the ownership invariants apply.</summary>
    public bool HasOwnership => Messages.KeyType != null && Hosts.Any(h => h.Owns);

    public HostKind? Host(string module) => Hosts.FirstOrDefault(h => h.Module == module);
}

/// <summary>
/// How the distributed system composes its hosts. <see cref="StepCall"/> is the body of the existential in its Next,
/// over the formals <c>c v v'</c> and the bound <see cref="StepVariable"/>; null when there is no such module yet.
/// </summary>
public sealed record SystemShape(
    string Module, string MsgOpsField, string StepVariable, Expr? StepCall, bool Written)
{
    public static readonly SystemShape Missing = new("DistributedSystem", "msgOps", "step", null, false);
}

/// <summary>The message datatype, the pair of optional messages of a step, and the unique keys if any.</summary>
public sealed record MessageShape(
    string Type, string OpsType, IReadOnlyList<MessageVariant> Variants, bool HasSrc, bool HasDst, string? KeyType)
{
    public static readonly MessageShape Missing = new("Types.Message", "Types.MessageOps", [], false, false, null);

    public string Module => Type[..Math.Max(0, Type.LastIndexOf('.'))];

    public string ShortType => Type[(Type.LastIndexOf('.') + 1)..];

    public MessageVariant? Variant(string name) => Variants.FirstOrDefault(v => v.Name == name);
}

/// <summary>One variant of the message datatype, with the one transition that sends it.</summary>
public sealed record MessageVariant(string Name, CtorText Constructor, Transition? Sender);
