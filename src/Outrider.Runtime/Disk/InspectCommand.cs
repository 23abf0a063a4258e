using System.Globalization;
using System.Text.Json;
using Outrider.Storage;

namespace Outrider.Runtime;

/// <summary>
/// <c>outrider inspect FILE</c>: what a journal file, or each of a directory, holds; the first damage; what would be
/// refused or cut. Exit codes: 0 sound, 1 something does not hold, 2 usage, 6 the file cannot be read.
/// </summary>
public static class InspectCommand
{
    private const string Usage =
        "usage: outrider inspect FILE|DIRECTORY [--records] [--json]\n"
        + "  FILE is journal-NNNNNN.seg or journal.node in a node's data directory; nothing is changed.\n"
        + "  --records  lists every record, not only the batches";

    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
    };

    public static int Run(string[] args, TextWriter output, TextWriter talk)
    {
        var json = args.Contains("--json");
        var records = args.Contains("--records");
        var paths = args.Where(arg => !arg.StartsWith('-')).ToArray();
        var unknown = args.FirstOrDefault(arg => arg.StartsWith('-') && arg is not ("--json" or "--records"));
        if (args.Contains("--help") || args.Contains("-h"))
        {
            output.WriteLine(Usage);
            return 0;
        }

        if (paths.Length != 1 || unknown is not null)
        {
            talk.WriteLine(unknown is null ? Usage : $"unknown option {unknown}\n{Usage}");
            return 2;
        }

        try
        {
            return Inspect(Path.GetFullPath(paths[0]), json, records, output, talk);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            talk.WriteLine($"{paths[0]} cannot be read: {failure.Message} Check the path and its permissions: ls -l");
            return 6;
        }
    }

    private static int Inspect(string path, bool json, bool records, TextWriter output, TextWriter talk)
    {
        var isDirectory = Directory.Exists(path);
        var directory = isDirectory ? path : Path.GetDirectoryName(path)!;
        var disk = new ReadOnlyDisk(directory);
        var names = isDirectory
            ? disk.List().Select(file => file.Name)
                .Where(name => name.StartsWith("journal", StringComparison.Ordinal)).ToArray()
            : [Path.GetFileName(path)];
        var found = names.Select(name => Inspector.Inspect(disk, name)).OfType<FileInspection>().ToArray();
        if (found.Length == 0)
        {
            talk.WriteLine($"{path} holds no journal. Likely not a node's data; find that with: outrider status");
            return 6;
        }

        if (json)
            output.WriteLine(JsonSerializer.Serialize(found.Select(file => Shape(file, records)), JsonOptions));
        else
            foreach (var file in found) Print(file, records, output);
        return found.All(file => file.IsSound) ? 0 : 1;
    }

    private static object Shape(FileInspection file, bool records) => new
    {
        file.File,
        file.Kind,
        file.SizeBytes,
        file.Header,
        ClusterId = Hex(file.ClusterId),
        file.Node,
        file.FormatVersion,
        file.Generation,
        file.Incarnation,
        SyncedUpTo = file.SyncedUpTo.ToString(),
        file.EndOffsetBytes,
        BatchCount = file.Batches.Count,
        RecordCount = file.Batches.Sum(batch => batch.RecordCount),
        Sound = file.IsSound,
        FirstDamage = file.Problems.Count > 0 ? file.Problems[0] : null,
        file.Problems,
        Batches = file.Batches.Select(batch => new
        {
            batch.OffsetBytes,
            batch.TotalBytes,
            batch.Sequence,
            batch.Commit,
            batch.Incarnation,
            batch.IsClean,
            batch.RecordCount,
            batch.Holds,
            SyncedUpTo = batch.Synced.ToString(),
            Records = records ? batch.Records.Select(ShapeRecord) : null,
        }),
    };

    private static object ShapeRecord(RecordFound record) => new
    {
        record.OffsetBytes,
        record.Type,
        Group = record.Stream.Group.Value,
        Stream = record.Stream.Stream.Value,
        record.Index,
        record.Term,
        record.Kind,
        record.PayloadBytes,
        record.Holds,
    };

    private static void Print(FileInspection file, bool records, TextWriter output)
    {
        output.WriteLine($"{file.File}  {file.Kind}  {file.SizeBytes} bytes  header {file.Header}");
        if (file.Kind == "node")
        {
            output.WriteLine($"  cluster {Hex(file.ClusterId)}  node {file.Node}  life {file.Incarnation}");
        }
        else if (file.Generation > 0)
        {
            output.WriteLine(
                $"  cluster {Hex(file.ClusterId)}  node {file.Node}  format {file.FormatVersion}  "
                + $"generation {file.Generation}  begun in life {file.Incarnation}");
            output.WriteLine(
                $"  synced up to {file.SyncedUpTo} (generation:offset)  batches end at {file.EndOffsetBytes}");
            PrintBatches(file, records, output);
        }

        foreach (var problem in file.Problems)
            output.WriteLine(
                $"  PROBLEM at offset {problem.OffsetBytes}: {problem.What}. Recovery: {problem.Consequence}");
        output.WriteLine(file.IsSound ? "  sound" : $"  {file.Problems.Count} problem(s)");
    }

    private static void PrintBatches(FileInspection file, bool records, TextWriter output)
    {
        output.WriteLine("      offset     bytes   sequence     commit   life  records  state");
        foreach (var batch in file.Batches)
        {
            var state = !batch.Holds ? "DAMAGED" : batch.IsClean ? "clean end" : "ok";
            output.WriteLine(
                $"  {batch.OffsetBytes,10} {batch.TotalBytes,9} {batch.Sequence,10} {batch.Commit,10} "
                + $"{batch.Incarnation,6} {batch.RecordCount,8}  {state}");
            if (!records) continue;
            foreach (var record in batch.Records)
                output.WriteLine(
                    $"    {record.OffsetBytes,10}   {record.Type,-10} {record.Stream,-10} index {record.Index} "
                    + $"term {record.Term} {record.Kind} {record.PayloadBytes} B{(record.Holds ? "" : "  DAMAGED")}");
        }
    }

    private static string Hex(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);
}
