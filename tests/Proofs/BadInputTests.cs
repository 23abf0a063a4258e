using Outrider.Proofs;
using Outrider.Proofs.Tools;
using Outrider.Tests.Proofs.Generate;

namespace Outrider.Tests.Proofs;

/// <summary>Whatever is wrong is told with its place or with what to do next, and never by a stack trace.</summary>
[Collection("models")]
public sealed class BadInputTests : IDisposable
{
    private const string Sound = "lemma Sum(a: nat, b: nat) ensures a + b == b + a {}\n";
    private readonly string home = Directory.CreateTempSubdirectory("outrider bad input").FullName;

    public void Dispose() => Directory.Delete(home, true);

    [Theory]
    [InlineData("lemma Sum(a: nat ensures true {}\n", "one.dfy:1:")]
    [InlineData("include \"gone.dfy\"\n", "gone.dfy")]
    [InlineData("lemma Sum()\n  ensures nothing\n{}\n", "one.dfy:2:")]
    public void TextThatDoesNotResolveIsToldByFileAndLine(string text, string place)
    {
        var (code, said) = Verify(text);
        Assert.Equal(2, code);
        Assert.Contains(place, said, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatBreaksAConventionAndIsWrongIsRefuted()
    {
        var (code, said) = Run("run", Models.PathOf("broken-sealed-stream"));
        Assert.Equal(1, code);
        Assert.Contains("has two senders", said, StringComparison.Ordinal);
        Assert.Contains("refuted: Obligations.Safety fails after 13 steps", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ALinkToNowhereIsToldByItsFile()
    {
        var path = NewProtocol();
        Assert.Equal(0, Run("gen", path).Code);
        File.Delete(Path.Combine(path, "types.dfy"));
        File.CreateSymbolicLink(Path.Combine(path, "types.dfy"), "nowhere.dfy");
        var (code, said) = Run("explore", path);
        Assert.Equal(2, code);
        Assert.Contains("types.dfy", said, StringComparison.Ordinal);
    }

    [Fact]
    public void AFalseLemmaIsToldByFileAndLine()
    {
        var (code, said) = Verify("lemma Wrong(a: nat)\n  ensures a < 7\n{\n}\n");
        Assert.Equal(1, code);
        Assert.Contains("one.dfy:3:", said, StringComparison.Ordinal);
        Assert.Contains("could not be proved", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ALimitThatIsHitNamesTheOptionThatRaisesIt()
    {
        const string dear = """
            lemma Dear(a: seq<int>, b: seq<int>, c: seq<int>)
              requires forall i, j | 0 <= i < j < |a + b + c| :: (a + b + c)[i] <= (a + b + c)[j]
              ensures multiset(a + b + c) == multiset(c + b + a)
              ensures forall i, j | 0 <= i < j < |b + c| :: (b + c)[i] <= (b + c)[j]
            {
            }
            """;
        var (code, said) = Verify(dear, "--resource-limit", "1000");
        Assert.Equal(1, code);
        Assert.Contains("the resource limit was hit; raise it with --resource-limit", said, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingSolverNamesTheNextCommand()
    {
        var (code, said) = With("OUTRIDER_Z3", Path.Combine(home, "no z3 here"), () => Verify(Sound));
        Assert.Equal(7, code);
        Assert.Contains("prove doctor", said, StringComparison.Ordinal);
        // Fetching would not help: nothing else is looked for while this is set.
        Assert.Contains("OUTRIDER_Z3 names", said, StringComparison.Ordinal);
        Assert.Contains("unset it", said, StringComparison.Ordinal);
        Assert.DoesNotContain("--fetch", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ASolverThatIsKilledIsNoProof()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var z3 = Path.Combine(home, "z3");
        File.WriteAllText(
            z3, "#!/bin/sh\ncase \"$*\" in *-version*) echo 'Z3 version 4.8.12 - 64 bit';; *) kill -9 $$;; esac\n");
        File.SetUnixFileMode(z3, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, said) = With("OUTRIDER_Z3", z3, () => Verify(Sound));
        Assert.Equal(1, code);
        Assert.Contains("prove doctor", said, StringComparison.Ordinal);
        Assert.DoesNotContain("1 of 1 declarations proved", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenConventionIsToldByFileAndLine()
    {
        using var copy = new ProtocolCopy(
            t => t.Replace("ghost function Src()", "ghost function Source()", StringComparison.Ordinal));
        File.Move(Path.Combine(copy.Variant, "spec.dfy"), Path.Combine(Path.GetDirectoryName(copy.Hosts)!, "spec.dfy"));
        var (code, said) = Run("gen", Path.GetDirectoryName(copy.Hosts)!);
        Assert.NotEqual(0, code);
        Assert.Contains("words.dfy:", said, StringComparison.Ordinal);
        Assert.Contains("no Src()", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gen")]
    [InlineData("run")]
    [InlineData("explore")]
    [InlineData("mutate")]
    public void AMissingSpecificationIsNamed(string verb)
    {
        using var copy = new ProtocolCopy();
        var (code, said) = Run(verb, Path.GetDirectoryName(copy.Hosts)!);
        Assert.Equal(2, code);
        Assert.Contains("spec.dfy is missing", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gen")]
    [InlineData("verify")]
    [InlineData("run")]
    [InlineData("explore")]
    [InlineData("mutate")]
    public void WhatCannotBeReadIsToldByFileAndLineWhateverTheVerb(string verb)
    {
        var path = NewProtocol();
        Assert.Equal(0, Run("gen", path).Code);
        Edit(path, "spec.dfy", "predicate Safety(", "predicate Safe(");
        var (code, said) = Run(verb, path);
        Assert.Equal(2, code);
        Assert.Matches(@"spec\.dfy:\d+:\d+: error: module Obligations has no predicate Safety; add", said);

        Edit(path, "hosts.dfy", "ghost predicate Init(", "ghost predicate Init(,");
        (code, said) = Run(verb, path);
        Assert.Equal(2, code);
        Assert.Matches(@"hosts\.dfy:\d+:\d+: error: ", said);
    }

    [Theory]
    [InlineData("gen", "ghost predicate GroupInit(", "no predicate GroupInit")]
    [InlineData("verify", "ghost predicate GroupInit(", "no predicate GroupInit")]
    [InlineData("run", "ghost predicate GroupInit(", "no predicate GroupInit")]
    [InlineData("gen", "ghost predicate NextStep(", "no predicate NextStep")]
    public void AHostIsToldWhatItLacksBeforeTheSystemIsWritten(string verb, string predicate, string told)
    {
        var path = NewProtocol();
        Edit(path, "hosts.dfy", predicate, predicate.Replace("(", "Renamed(", StringComparison.Ordinal));
        if (told.EndsWith("NextStep", StringComparison.Ordinal))
        {
            Edit(path, "hosts.dfy", "exists step :: NextStep(", "exists step :: NextStepRenamed(");
        }

        var (code, said) = Run(verb, path);
        Assert.Equal(2, code);
        Assert.Matches(@"hosts\.dfy:\d+:\d+: error: .*" + told, said);
    }

    [Fact]
    public void ASolverThatIsKilledWhileItWorksIsNoProof()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var z3 = Path.Combine(home, "z3");
        File.WriteAllText(z3, $$"""
            #!/bin/sh
            case "$*" in *-version*) echo 'Z3 version 4.8.12 - 64 bit'; exit;; esac
            while read -r line; do
              case "$line" in *check-sat*) kill -9 $$; exit;; esac
              printf '%s\n' "$line"
            done | "{{ProofTools.Require().Z3.Path}}" "$@"

            """);
        File.SetUnixFileMode(z3, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var (code, said) = With("OUTRIDER_Z3", z3, () => Verify(Sound));
        Assert.Equal(1, code);
        Assert.Contains("prove doctor", said, StringComparison.Ordinal);
        Assert.DoesNotContain("1 of 1 declarations proved", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"format\":\"outrider.trace/1\"")]
    [InlineData("{\"format\":7,\"sizes\":{}}")]
    [InlineData("{\"format\":\"outrider.trace/1\",\"sizes\":{\"clients\":99999999999}}")]
    public void ATraceThatIsNoneIsToldByItsLine(string text)
    {
        var trace = Path.Combine(home, "some trace.jsonl");
        File.WriteAllText(trace, text);
        var (code, said) = Run("trace", Models.PathOf("echo"), trace);
        Assert.Equal(2, code);
        Assert.Contains(text.Length == 0 ? "empty" : "line 1", said, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryVerbIsListedAndTellsItsUsage()
    {
        var (_, all) = Run("--help");
        foreach (var verb in (string[])["gen", "verify", "run", "new", "doctor", "explore", "why", "trace", "mutate"])
        {
            Assert.Contains($"prove {verb}", all, StringComparison.Ordinal);
            var (code, said) = Run(verb, "--help");
            Assert.Equal(0, code);
            Assert.StartsWith($"prove {verb}", said, StringComparison.Ordinal);
        }
    }

    private string NewProtocol()
    {
        var path = Path.Combine(home, "quiz");
        Assert.Equal(0, Run("new", path).Code);
        return path;
    }

    /// <summary>Replaces the first of these words.</summary>
    private static void Edit(string directory, string file, string before, string after)
    {
        var path = Path.Combine(directory, file);
        var text = File.ReadAllText(path);
        var at = text.IndexOf(before, StringComparison.Ordinal);
        Assert.True(at >= 0, before);
        File.WriteAllText(path, text[..at] + after + text[(at + before.Length)..]);
    }

    private (int Code, string Said) Verify(string text, params string[] options)
    {
        File.WriteAllText(Path.Combine(home, "one.dfy"), text);
        return Run(["verify", home, "--jobs", "1", .. options]);
    }

    private static (int Code, string Said) Run(params string[] args)
    {
        using var said = new StringWriter();
        var code = Commands.Run(args, said, said);
        Assert.DoesNotContain("\n   at ", said.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", said.ToString(), StringComparison.Ordinal);
        return (code, said.ToString());
    }

    private static T With<T>(string variable, string value, Func<T> act)
    {
        var before = Environment.GetEnvironmentVariable(variable);
        Environment.SetEnvironmentVariable(variable, value);
        try
        {
            return act();
        }
        finally
        {
            Environment.SetEnvironmentVariable(variable, before);
        }
    }
}
