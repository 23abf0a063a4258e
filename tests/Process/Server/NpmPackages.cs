using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Outrider.Tests.Process.Server;

/// <summary>A directory under <c>.tools/</c> from which a package of npm can be required; installed once.</summary>
internal static class NpmPackages
{
    private static readonly Lock Gate = new();

    public static string With(string package, string version)
    {
        lock (Gate)
        {
            var root = Path.GetFullPath(Path.Combine(Here(), "..", "..", "..", ".tools", "npm"));
            Directory.CreateDirectory(root);
            if (!Directory.Exists(Path.Combine(root, "node_modules", package))) Install(root, $"{package}@{version}");
            return root;
        }
    }

    private static void Install(string root, string package)
    {
        // --ignore-scripts: nothing of the package runs but what the test asks for.
        string[] arguments = ["install", "--prefix", root, "--ignore-scripts", "--no-audit", "--no-fund", package];
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo("npm", arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        var said = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"npm {string.Join(' ', arguments)}: {said.Result}");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
