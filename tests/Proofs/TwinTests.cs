using Outrider.Proofs;
using Outrider.Proofs.Mutate;

namespace Outrider.Tests.Proofs;

[Collection("models")]
public sealed class TwinTests
{
    public static TheoryData<string> Names =>
    [
        .. Directory.GetDirectories(Path.Combine(Models.Root, "models"), "broken-*")
        .Select(d => Path.GetFileName(d)!["broken-".Length..]).Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_twin_differs_from_its_model_in_one_token(string name)
    {
        var differing = 0;
        foreach (var file in Directory.GetFiles(Models.PathOf("broken-" + name), "*.dfy")
            .Where(f => !f.EndsWith("Autogen.dfy", StringComparison.Ordinal)))
        {
            var model = File.ReadAllLines(Path.Combine(Models.PathOf(name), Path.GetFileName(file)));
            var twin = File.ReadAllLines(file);
            Assert.Equal(model.Length, twin.Length);
            foreach (var (a, b) in model.Zip(twin).Where(p => p.First != p.Second))
            {
                var (x, y) = (a.Split(' '), b.Split(' '));
                Assert.Equal(x.Length, y.Length);
                differing += x.Zip(y).Count(p => p.First != p.Second);
            }
        }

        Assert.Equal(1, differing);
    }

    [Theory]
    [InlineData("commit", "Obligations.Safety fails after 1 steps")]
    [InlineData("lease", "Obligations.Safety fails after 5 steps")]
    [InlineData("ballot", "Obligations.Safety fails after 10 steps")]
    public void Run_says_of_a_twin_that_it_is_refuted_and_how(string name, string how)
    {
        var root = Directory.CreateTempSubdirectory("outrider-twin").FullName;
        try
        {
            foreach (var part in new[] { "broken-" + name, "lib" })
            {
                Directory.CreateDirectory(Path.Combine(root, part));
                foreach (var file in Directory.GetFiles(Models.PathOf(part), "*.dfy"))
                {
                    File.WriteAllText(Path.Combine(root, part, Path.GetFileName(file)), File.ReadAllText(file));
                }
            }

            using var said = new StringWriter();
            Assert.Equal(1, Commands.Run(["run", Path.Combine(root, "broken-" + name)], said, said));
            Assert.Contains("refuted: " + how, said.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(root, true);
        }
    }

    [Fact]
    public void Mutations_of_commit_are_where_a_reader_expects_them()
    {
        var all = new Mutator(Models.Load("commit")).All();
        Assert.Contains(all, m => m.Class == "guard dropped" && m.Old == "|v.yes| == c.participants");
        Assert.Contains(all, m => m.Class == "quorum or bound off by one" && m.Old == " > ");
        Assert.All(all, m => Assert.Contains(
            m.New.Trim(), m.Apply(File.ReadAllText(m.File)), StringComparison.Ordinal));
    }
}
