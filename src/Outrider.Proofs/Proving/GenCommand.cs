using Outrider.Proofs.Generate;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove gen</c>: writes the invariants of a protocol.</summary>
internal static class GenCommand
{
    public static int Run(VerbLine line)
    {
        var profile = line.Option("profile") switch
        {
            null or "compat" => Profile.Compat,
            "readable" => Profile.Readable,
            var other => throw new UsageException($"there is no profile '{other}': compat or readable"),
        };
        var output = line.Option("out");
        var system = line.Flag("system");
        var work = Workspace.Open(line, line.Word("directory"), output, system);
        foreach (var file in Generator.Invariants(work.Model, work.Spec, profile))
        {
            work.Write(file);
            line.Out.WriteLine(Path.Combine(work.Output, file.Name));
        }

        return 0;
    }
}
