using System.Text.RegularExpressions;

namespace Outrider.Proofs.Proving;

/// <summary><c>prove new</c>: a small protocol to start from, which <c>prove run</c> proves as it is.</summary>
internal static partial class NewCommand
{
    public static int Run(VerbLine line)
    {
        var path = line.Word("name");
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(path));
        if (!ValidName().IsMatch(name))
        {
            throw new UsageException($"'{name}' is no name for a protocol: letters, digits, - and _, a letter first");
        }

        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new UsageException($"'{path}' exists and is not empty");
        }

        Directory.CreateDirectory(path);
        foreach (var (file, text) in Template.Files)
        {
            File.WriteAllText(Path.Combine(path, file), text);
            line.Out.WriteLine(Path.Combine(path, file));
        }

        line.Out.WriteLine($"next: prove run {path}");
        return 0;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_-]*$")]
    private static partial Regex ValidName();
}
