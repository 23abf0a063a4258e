using System.Text.Json;
using Outrider.Proofs.Dafny;

if (args.Length == 0)
{
    Console.Error.WriteLine("usage: outrider-dafny FILE.dfy...   writes one resolved program as JSON");
    return 2;
}

var program = await LoadedProgram.LoadAsync(args);
using var stdout = Console.OpenStandardOutput();
using var buffered = new BufferedStream(stdout, 1 << 16);
// Deep protocols nest deeper than the writer's default limit of 1000 levels only in machine-made text; allow it.
using (var json = new Utf8JsonWriter(buffered, new JsonWriterOptions { MaxDepth = 100_000, SkipValidation = true }))
{
    new ProgramWriter(json).Write(program);
}

return program.Ok ? 0 : 1;
