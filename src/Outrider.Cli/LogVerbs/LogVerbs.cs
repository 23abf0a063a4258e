using System.CommandLine;

namespace Outrider.Cli.LogVerbs;

/// <summary>
/// <c>log append|read|tail|trim|stat|missing|give-up|export|import</c>: the log from the command line.
/// </summary>
internal static class LogVerbs
{
    public static Command Create() => new("log", "append to, read, follow and trim the log")
    {
        AppendVerb.Create(), ReadVerb.Create(), TailVerb.Create(), TrimVerb.Create(), StatVerb.Create(),
        MissingVerb.Create(), GiveUpVerb.Create(), ExportVerb.Create(), ImportVerb.Create(),
    };
}
