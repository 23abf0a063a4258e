namespace Outrider.Tests.Process.Server;

/// <summary>The samples, run as their README says: each compares its result with a direct computation.</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("Intrusion", "4000 rows")]
    [InlineData("Fraud", "transactions were abroad and delivered")]
    [InlineData("Trading", "123 months of MSFT and AAPL")]
    public async Task The_result_is_that_of_a_direct_computation(string sample, string said)
    {
        var file = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", $"Outrider.Samples.{sample}",
            "release", $"Outrider.Samples.{sample}.dll"));
        var (code, output) = await Program.RunAsync("dotnet", [file]);
        Assert.True(code == 0, output);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Contains("equal to the direct computation", output, StringComparison.Ordinal);
    }
}
