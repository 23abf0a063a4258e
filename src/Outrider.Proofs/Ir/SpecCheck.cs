using Outrider.Proofs.Syntax;

namespace Outrider.Proofs.Ir;

/// <summary>The specification says what is to hold: module <c>Obligations</c> with a predicate <c>Safety</c>.</summary>
internal static class SpecCheck
{
    private const string Module = "Obligations";
    private const string Wanted = "ghost predicate Safety(c: Constants, v: Variables)";

    /// <summary>What is wrong with it, or null.</summary>
    /// <param name="program">The protocol, resolved.</param>
    /// <param name="specFile">Where the specification stands.</param>
    public static Diagnostic? Of(ProgramText program, string specFile)
    {
        var module = program.Module(Module);
        var safety = program.Member(Module, "Safety");
        return module == null
            ? Error(
                new Place(specFile, 1, 1), $"there is no module {Module}; declare it, with '{Wanted}' to be proved")
            : safety == null
                ? Error(module.At, $"module {Module} has no predicate Safety; add '{Wanted} {{ ... }}' to it")
            : safety.Body == null || safety.Formals.Count != 2
                ? Error(safety.At, $"Safety must be '{Wanted}' with a body")
            : null;
    }

    private static Diagnostic Error(Place at, string message) => new(Severity.Error, at, message);
}
