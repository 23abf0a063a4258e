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

    [Fact]
    public void TwoProofsWithModulesOfOneNameAreBothVerified()
    {
        var path = Directory.CreateTempSubdirectory("two proofs").FullName;
        try
        {
            File.WriteAllText(Path.Combine(path, "base.dfy"), "module Base { lemma Here() ensures 1 < 2 {} }\n");
            const string Proof = "include \"base.dfy\"\nmodule Proof { lemma There(n: nat) ensures n < 3 {} }\n";
            File.WriteAllText(Path.Combine(path, "first.dfy"), Proof.Replace("n < 3", "0 <= n"));
            File.WriteAllText(Path.Combine(path, "second.dfy"), Proof);
            var (code, output, _) = Run("verify", path);
            Assert.Equal(1, code);
            Assert.Contains("open: second.dfy: Proof.There", output, StringComparison.Ordinal);
            Assert.Contains("2 of 3 declarations proved", output, StringComparison.Ordinal);
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
