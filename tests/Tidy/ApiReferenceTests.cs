namespace Outrider.Tests.Tidy;

public sealed class ApiReferenceTests
{
    [Theory]
    [InlineData("docs/api/client.md", "The .NET client", "src/Outrider.Client/")]
    public void The_reference_says_what_the_source_says(string document, string title, string folder)
    {
        var wanted = ApiReference.Of(title, folder);
        var path = Path.Combine(Repository.Root, document);
        if (Environment.GetEnvironmentVariable("OUTRIDER_REWRITE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, wanted);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == wanted,
            $"{document} is not what the source says: OUTRIDER_REWRITE=1 ./check --only tidy, then read the diff");
    }

    [Fact]
    public void Every_type_in_the_reference_is_described() => Repository.AssertNone(
        from type in ApiReference.Of("", "src/Outrider.Client/").Split("\n### ").Skip(1)
        let about = type.Split("```")[2].TrimStart()
        where about.Length == 0 || about.StartsWith("- `", StringComparison.Ordinal)
        select type.Split('\n')[0],
        "write a summary: users see no source");
}
