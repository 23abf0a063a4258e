using System.Text;
using System.Text.Json;
using Outrider.Proofs.Dafny;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: outrider-dafny FILE.dfy...   writes one resolved program as JSON");
    Console.Error.WriteLine("       outrider-dafny --serve       one program for each line of files on the input");
    return 2;
}

using var stdout = Console.OpenStandardOutput();
if (args is not ["--serve"])
{
    var (ok, text) = await ReadAsync(args);
    stdout.Write(text.Span);
    return ok ? 0 : 1;
}

// Most of a short run is compiling Dafny's own code: whoever reads many programs has it done once. Ends with the input.
while (Console.In.ReadLine() is { } line)
{
    var (ok, text) = await ReadAsync(JsonSerializer.Deserialize<string[]>(line) ?? []);
    stdout.Write(Encoding.ASCII.GetBytes($"{(ok ? 0 : 1)} {text.Length}\n"));
    stdout.Write(text.Span);
    stdout.Flush();
}

return 0;

static async Task<(bool Ok, ReadOnlyMemory<byte> Text)> ReadAsync(string[] files)
{
    var program = await LoadedProgram.LoadAsync(files);
    var buffer = new MemoryStream();
    // Deep protocols nest deeper than the writer's default limit of 1000 levels only in machine-made text; allow it.
    using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { MaxDepth = 100_000, SkipValidation = true }))
    {
        new ProgramWriter(json).Write(program);
    }

    return (program.Ok, buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
}
