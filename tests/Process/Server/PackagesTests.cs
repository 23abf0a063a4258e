using System.Runtime.CompilerServices;

namespace Outrider.Tests.Process.Server;

/// <summary>Client and server as packages: packed, installed from a folder by a new program, used by it.</summary>
public sealed class PackagesTests
{
    private static readonly string[] Packed = ["Core", "Storage", "Replication", "Log", "Runtime", "Client", "Server"];

    private const string UserProgram = """
        using Outrider.Client;
        using Outrider.Log;
        using Outrider.Server.Embedding;

        await using var server = await OutriderServer.StartAsync(new OutriderOptions
        {
            Regions = ["eu"], NodesPerRegion = 3, Rtt = [], Log = LogOptions.Default with { Shards = 1, Replicas = 2 },
        });
        await using var client = await OutriderClient.ConnectAsync(server.Endpoints);
        var appended = (await client.AppendAsync("key", "value"u8.ToArray())).Require();
        var page = (await client.ReadAsync(new Position(0))).Require();
        Console.WriteLine(page.Records[0].Position == appended.Positions[0] ? "read back" : "another record");
        """;

    [Fact]
    public async Task A_new_program_installs_and_uses_them_from_a_folder()
    {
        using var scratch = new ScratchDirectory();
        var feed = scratch.Sub("feed");
        foreach (var name in Packed)
        {
            var project = Path.Combine(Root(), "src", $"Outrider.{name}", $"Outrider.{name}.csproj");
            await DotnetAsync(scratch.Path, "pack", project, "-c", "Release", "--no-build", "--no-restore", "-o", feed);
        }

        var server = Directory.GetFiles(feed, "Outrider.Server.*.nupkg").Single();
        var version = Path.GetFileNameWithoutExtension(server)["Outrider.Server.".Length..];
        var user = Directory.CreateDirectory(scratch.Sub("user")).FullName;
        await File.WriteAllTextAsync(Path.Combine(user, "Program.cs"), UserProgram,
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(user, "user.csproj"), Project(version),
            TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(user, "nuget.config"), Sources(feed),
            TestContext.Current.CancellationToken);
        var output = await DotnetAsync(user, "run", "-c", "Release");
        Assert.Contains("read back", output, StringComparison.Ordinal);
    }

    private static string Project(string version) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="Outrider.Server" Version="{version}" />
            <PackageReference Include="Outrider.Client" Version="{version}" />
          </ItemGroup>
        </Project>
        """;

    /// <summary>
    /// The folder on top of the feeds that this user has configured; what else is needed is taken from where this build
    /// has put it.
    /// </summary>
    private static string Sources(string feed)
    {
        var known = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return $"""
            <configuration>
              <fallbackPackageFolders><add key="known" value="{known}" /></fallbackPackageFolders>
              <packageSources><add key="packed" value="{feed}" /></packageSources>
            </configuration>
            """;
    }

    private static async Task<string> DotnetAsync(string directory, params string[] arguments)
    {
        // Installed to a place of its own, so that no later run finds today's packages.
        var (code, output) = await Program.RunAsync("dotnet", arguments, directory: directory,
            variable: ("NUGET_PACKAGES", Path.Combine(directory, "packages")));
        Assert.True(code == 0, $"dotnet {string.Join(' ', arguments)}: {output}");
        return output;
    }

    private static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
