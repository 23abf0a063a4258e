using System.Diagnostics;

namespace Outrider.Tests.Process;

/// <summary>What README tells people to type must work as written, in its order.</summary>
[Collection("default ports")]
public sealed class ReadmeTests
{
    private static readonly string Root = FindRoot();

    [Fact]
    public async Task Every_block_of_the_README_runs()
    {
        var blocks = Blocks(Path.Combine(Root, "README.md"));
        Assert.Contains(blocks, block => block.Language == "sh");
        Assert.Contains(blocks, block => block.Language == "csharp");
        await RunLinesAsync("./outrider up --detach --load none");
        try
        {
            foreach (var (language, text) in blocks)
            {
                if (language == "sh") await RunLinesAsync(text);
                else if (language == "csharp") await RunProgramAsync(text);
            }
        }
        finally
        {
            await ShellAsync("./outrider down");
        }
    }

    private static async Task RunLinesAsync(string text)
    {
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var (code, output) = await ShellAsync(line);
            Assert.True(code == 0, $"{line}\nexit code {code}\n{output}");
        }
    }

    private static async Task RunProgramAsync(string text)
    {
        var folder = Directory.CreateTempSubdirectory("outrider-readme-");
        try
        {
            var source = Path.Combine(Root, "src");
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Program.cs"), text);
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "Readme.csproj"), $"""
                <Project Sdk="Microsoft.NET.Sdk">
                  <PropertyGroup>
                    <OutputType>Exe</OutputType>
                    <TargetFramework>net10.0</TargetFramework>
                    <Nullable>enable</Nullable>
                    <ImplicitUsings>enable</ImplicitUsings>
                  </PropertyGroup>
                  <ItemGroup>
                    <FrameworkReference Include="Microsoft.AspNetCore.App" />
                    <Reference Include="{source}/../artifacts/bin/Outrider.Server/release/Outrider.*.dll" />
                    <Reference Include="{source}/../artifacts/bin/Outrider.Client/release/Outrider.Client.dll" />
                  </ItemGroup>
                </Project>
                """);
            var (code, output) = await ShellAsync($"dotnet run --project '{folder.FullName}' -c Release");
            Assert.True(code == 0, $"{text}\nexit code {code}\n{output}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> ShellAsync(string line)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", line])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await errors);
    }

    private static List<(string Language, string Text)> Blocks(string path)
    {
        var blocks = new List<(string, string)>();
        string? language = null;
        var text = new List<string>();
        foreach (var line in File.ReadAllLines(path))
        {
            if (!line.StartsWith("```", StringComparison.Ordinal))
            {
                if (language is not null) text.Add(line);
                continue;
            }

            if (language is null) language = line[3..].Trim();
            else
            {
                blocks.Add((language, string.Join('\n', text)));
                text.Clear();
                language = null;
            }
        }

        return blocks;
    }

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (at is not null && !File.Exists(Path.Combine(at.FullName, "Outrider.slnx"))) at = at.Parent;
        return at?.FullName ?? throw new InvalidOperationException("run the test from inside a checkout");
    }
}

/// <summary>Tests that use the ports which README names: one at a time, and nothing else beside them.</summary>
[CollectionDefinition("default ports", DisableParallelization = true)]
public sealed class DefaultPorts;
