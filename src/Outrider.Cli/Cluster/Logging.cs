using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Outrider.Server.Configuration;

namespace Outrider.Cli.Cluster;

/// <summary>Logs of a node go to standard error: data has standard output to itself.</summary>
internal static class Logging
{
    public static ILoggerFactory Create(Settings settings) => LoggerFactory.Create(builder => builder
        .SetMinimumLevel(Enum.Parse<LogLevel>(settings["log-level"].Value, ignoreCase: true))
        // Why a host does not start is thrown too, and then told in a line instead of in a stack trace.
        .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None)
        .AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
        })
        .Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
}
