using Outrider.Proofs;
using Outrider.Tests.Proofs.Generate;

namespace Outrider.Tests.Proofs;

/// <summary>The verbs' exit codes and messages.</summary>
public sealed class CommandTests
{
    [Theory]
    [InlineData("gen")]
    [InlineData("gen", "no such directory")]
    [InlineData("run", "--speed", "9")]
    [InlineData("verify", ".", "--jobs", "many")]
    [InlineData("frobnicate")]
    public void WrongUseIsToldInOneLine(params string[] args)
    {
        var (code, _, error) = Run(args);
        Assert.Equal(2, code);
        Assert.StartsWith("prove: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void GenWritesTheSystemAndTheInvariants()
    {
        using var copy = new ProtocolCopy();
        File.Move(Path.Combine(copy.Variant, "spec.dfy"), Path.Combine(Path.GetDirectoryName(copy.Hosts)!, "spec.dfy"));
        var home = Path.GetDirectoryName(copy.Hosts)!;
        var (code, output, error) = Run("gen", home);
        Assert.True(code == 0, error);
        Assert.Contains("messageInvariantsAutogen.dfy", output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(home, "distributedSystem.dfy")));
        Assert.True(File.Exists(Path.Combine(home, "monotonicityInvariantsAutogen.dfy")));
    }

    [Fact]
    public void ANewProtocolResolves()
    {
        var path = Path.Combine(Path.GetTempPath(), $"fresh{Guid.NewGuid():N}");
        try
        {
            Assert.Equal(0, Run("new", path).Code);
            var (code, _, error) = Run("gen", path);
            Assert.True(code == 0, error);
            Assert.Equal(2, Run("new", path).Code);
        }
        finally
        {
            Directory.Delete(path, true);
        }
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (Commands.Run(args, output, error), output.ToString(), error.ToString());
    }
}
