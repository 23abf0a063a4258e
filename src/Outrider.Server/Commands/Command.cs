using Outrider.Server.Access;

namespace Outrider.Server.Commands;

/// <summary>One command of the client port.</summary>
/// <param name="Name">In capitals.</param>
/// <param name="Arity">Arguments with the name; negative: at least so many.</param>
/// <param name="Needs">The role a user must have.</param>
/// <param name="FirstKey">Place of the first key among the arguments, 0: none.</param>
/// <param name="Usage">What follows the name.</param>
/// <param name="Summary">One line for people.</param>
/// <param name="Run">Carries it out.</param>
/// <param name="Overlaps">It may start before earlier ones have answered; then it answers by
/// <see cref="CommandCall.Defer"/>, or drains first.</param>
public sealed record Command(
    string Name,
    int Arity,
    Role Needs,
    int FirstKey,
    string Usage,
    string Summary,
    Func<CommandCall, ValueTask> Run,
    bool Overlaps = false);
