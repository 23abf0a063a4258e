namespace Outrider.Proofs.Tools;

/// <summary>The <c>dotnet</c> that runs this very process; it need not be on the PATH.</summary>
internal static class DotnetHost
{
    public static string Path { get; } = Find();

    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        var core = typeof(object).Assembly.Location;
        // DOTNET_ROOT/shared/Microsoft.NETCore.App/VERSION/System.Private.CoreLib.dll
        var root = new DirectoryInfo(core).Parent?.Parent?.Parent?.Parent?.FullName;
        var host = root == null ? name : System.IO.Path.Combine(root, name);
        return File.Exists(host) ? host : name;
    }
}
