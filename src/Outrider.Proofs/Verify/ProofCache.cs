using System.Text;
using System.Text.Json;

namespace Outrider.Proofs.Verify;

/// <summary>Proved declarations by key, kept in <c>verdict.json</c> beside the protocol: successes only.</summary>
internal sealed class ProofCache
{
    private readonly string path;
    private readonly SortedDictionary<string, (string Key, long ResourceCount)> entries = new(StringComparer.Ordinal);

    private ProofCache(string path) => this.path = path;

    public static ProofCache Open(string path)
    {
        var cache = new ProofCache(path);
        if (!File.Exists(path))
        {
            return cache;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var entry in document.RootElement.GetProperty("proved").EnumerateObject())
            {
                cache.entries[entry.Name] = (
                    entry.Value.GetProperty("key").GetString() ?? "",
                    entry.Value.GetProperty("resourceCount").GetInt64());
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // A damaged cache costs time, not truth: everything is proved again.
            cache.entries.Clear();
        }

        return cache;
    }

    /// <summary>The resource count of the earlier proof, or null when the declaration has to be proved.</summary>
    public long? Find(string file, string symbol, string key) =>
        entries.TryGetValue(Name(file, symbol), out var e) && e.Key == key ? e.ResourceCount : null;

    /// <summary>
    /// A count that is known stays: it differs a little with what is verified beside, and a check leaves no trace.
    /// </summary>
    public void Keep(string file, string symbol, string key, long resourceCount)
    {
        if (Find(file, symbol, key) == null)
        {
            entries[Name(file, symbol)] = (key, resourceCount);
        }
    }

    public void Forget(string file, string symbol) => entries.Remove(Name(file, symbol));

    /// <summary>Drops what no longer exists and writes the rest, one line each.</summary>
    public void Save(IEnumerable<(string File, string Symbol)> existing)
    {
        var names = existing.Select(e => Name(e.File, e.Symbol)).ToHashSet(StringComparer.Ordinal);
        var text = new StringBuilder("{\n  \"proved\": {\n");
        var kept = entries.Where(e => names.Contains(e.Key)).ToList();
        for (var i = 0; i < kept.Count; i++)
        {
            var (name, (key, count)) = (kept[i].Key, kept[i].Value);
            text.Append("    ").Append(JsonSerializer.Serialize(name))
                .Append(": { \"key\": \"").Append(key).Append("\", \"resourceCount\": ").Append(count)
                .Append(i + 1 < kept.Count ? " },\n" : " }\n");
        }

        text.Append("  }\n}\n");
        File.WriteAllText(path, text.ToString());
    }

    private static string Name(string file, string symbol) => file + ":" + symbol;
}
