using System.Diagnostics;

namespace Outrider.Cli;

/// <summary>
/// <c>bench</c>: a program of its own, so that the libraries it compares us with stay out of the product.
/// </summary>
internal static class BenchVerb
{
    public static int Run(string[] args, TextWriter output, TextWriter talk)
    {
        // Beside this program's folder in a checkout: artifacts/bin/NAME/release.
        var program = Path.GetFullPath(
            Path.Combine(AppContext.BaseDirectory, "..", "..", "Outrider.Bench", "release", "Outrider.Bench.dll"));
        if (!File.Exists(program))
        {
            talk.WriteLine($"The benchmarks are not built ({program} is missing). In a checkout, run "
                + "`dotnet build bench/Outrider.Bench -c Release`; the packaged program has none.");
            return ExitCodes.ToolMissing;
        }

        output.Flush();
        var start = new ProcessStartInfo("dotnet", [program, .. args]) { UseShellExecute = false };
        using var process = Process.Start(start) ?? throw new IOException("the benchmark does not start");
        process.WaitForExit();
        return process.ExitCode;
    }
}
