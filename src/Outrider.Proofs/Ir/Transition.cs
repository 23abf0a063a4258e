using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

public enum TransitionKind
{
    Local,
    Send,
    Receive,
    ReceiveSend,
}

/// <summary>What an argument of a transition stands for.</summary>
public enum Role
{
    Other,
    Constants,
    Before,
    After,
    Step,
    MsgOps,
    Recv,
    Send,
    InMsg,
    OutMsg,
}

/// <summary>
/// The innermost predicate that says what becomes of the state in a step. It is reached from the cases
/// <see cref="Steps"/> of NextStep. <see cref="Member"/> is null when the case holds the update itself.
/// Messages in and out are the variants its guard names; several when it branches, none when it names none.
/// <see cref="NamesInMessage"/>: the predicate itself looks into the received message.
/// </summary>
public sealed record Transition(
    string Name, string Host, MemberText? Member, Place At, TransitionKind Kind, IReadOnlyList<Role> Roles,
    IReadOnlyList<string> Steps, IReadOnlyList<string> MessagesIn, IReadOnlyList<string> MessagesOut,
    IReadOnlyList<IReadOnlyList<string>> Reads, IReadOnlyList<Field> Writes, IReadOnlyList<Expr> Guard,
    bool NamesInMessage)
{
    /// <summary>The one case of a NextStep without a match.</summary>
    public const string OnlyStep = "Only";

    /// <summary>The case of a NextStep whose pattern names no constructor.</summary>
    public const string AnyStep = "Any";

    public bool Receives => Kind is TransitionKind.Receive or TransitionKind.ReceiveSend;

    public bool Sends => Kind is TransitionKind.Send or TransitionKind.ReceiveSend;

    /// <summary>
    /// True when text can speak of it, with a name for each of <see cref="Extras"/>. A member of a datatype would need
    /// its receiver too.
    /// </summary>
    public bool Quotable => Member is { Static: true, TypeParameters.Count: 0 };

    /// <summary>What it takes beside constants, states and messages: values that the step chose.</summary>
    public IEnumerable<(FormalText Formal, Role Role)> Extras => Member == null ? []
        : Member.Formals.Zip(Roles).Where(f => f.Second is Role.Other or Role.Step or Role.MsgOps);

    /// <summary>That a step is one of its cases. Without a match on the step there are none to tell apart.</summary>
    public string OfSteps(string step) => Steps.Any(s => s is OnlyStep or AnyStep) ? "true"
        : Steps.Count == 1 ? $"{step}.{Steps[0]}?"
        : $"({string.Join(" || ", Steps.Select(s => $"{step}.{s}?"))})";

    /// <summary>True when its arguments are only constants, states and messages, so that text can call it.</summary>
    public bool Callable => Member != null && Roles.All(
        r => r is Role.Constants or Role.Before or Role.After or Role.InMsg or Role.OutMsg or Role.MsgOps);
}

/// <summary>A witness condition written by the user for fields that several transitions write.</summary>
public sealed record CustomHint(MemberText Predicate, HostKind Host, IReadOnlyList<Transition> Transitions);
