using Outrider.Core;

namespace Outrider.Log;

/// <summary>Reads single entries of a key; neighbours come together.</summary>
public static class EntryFetch
{
    private const int PageMax = 1024;
    // Where few are asked for of many, some that nobody wants cost less than a read more.
    private const int PageMin = 64;

    /// <param name="ask">The node's front door.</param>
    /// <param name="key">The stream.</param>
    /// <param name="ids">Ascending.</param>
    /// <param name="done">Those that the log still holds; or the failure.</param>
    public static void Run(
        Action<Request, Action<Reply>> ask, string key, IReadOnlyList<Position> ids,
        Action<SortedDictionary<Position, LogRecord>, LogReply?> done) => Next(ask, key, ids, 0, [], done);

    private static void Next(
        Action<Request, Action<Reply>> ask, string key, IReadOnlyList<Position> ids, int at,
        SortedDictionary<Position, LogRecord> found, Action<SortedDictionary<Position, LogRecord>, LogReply?> done)
    {
        if (at >= ids.Count)
        {
            done(found, null);
            return;
        }

        var most = Math.Clamp(ids.Count - at, ids[at] == ids[^1] ? 1 : PageMin, PageMax);
        ask(new KeyRead(key, ids[at], ids[^1], most, Descending: false), reply =>
        {
            if (reply is not LogReply.Records page)
            {
                done(found, (LogReply)reply);
                return;
            }

            var records = page.Items;
            // Fewer than asked, and not for their size: there is nothing more up to the last id. One step at least.
            var covered = records.Count == 0 ? ids[at] : records[^1].Position;
            var i = 0;
            var next = at;
            for (; next < ids.Count && ids[next] <= covered; next++)
            {
                while (i < records.Count && records[i].Position < ids[next]) i++;
                if (i < records.Count && records[i].Position == ids[next]) found[ids[next]] = records[i];
            }

            Check.That(next > at || records.Count > 0);
            Next(ask, key, ids, Math.Max(next, at + (records.Count == 0 ? 1 : 0)), found, done);
        });
    }
}
