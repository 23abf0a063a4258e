using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Server.Configuration;
using Outrider.Server.Embedding;

if (args is ["node", "start", "--with-parent", "--config", var file])
{
    await using var node = await OutriderNode.StartAsync(Settings.Load(file, [], []), NullLoggerFactory.Instance);
    while (Console.In.ReadLine() is not null) { }
    return 0;
}

// A region set in a process of its own, for tests: flags as the server takes them; says where it is on one line, and
// runs until its standard input ends, so that it never outlives the test.
var flags = args.Chunk(2).Select(pair => new KeyValuePair<string, string>(pair[0].TrimStart('-'), pair[1]));
var settings = Settings.Load(null, [], flags);
if (settings.Problems.Count > 0)
{
    foreach (var problem in settings.Problems) Console.Error.WriteLine(problem);
    return 2;
}

await using var server = await OutriderServer.StartAsync(OutriderOptions.From(settings, NullLoggerFactory.Instance));
Console.WriteLine(JsonSerializer.Serialize(new
{
    endpoints = server.Endpoints,
    http = server.HttpAddress,
    token = server.AdminToken,
}));
while (Console.In.ReadLine() is not null) { }
return 0;
