namespace Outrider.Simulation;

/// <summary>A counting line on a terminal; silence anywhere else.</summary>
internal sealed class Progress(TextWriter? terminal, ulong total)
{
    private readonly object _gate = new();
    private long _done, _failed;

    public static Progress For(TextWriter stderr, SimOptions options)
    {
        var shows = ReferenceEquals(stderr, Console.Error) && !Console.IsErrorRedirected;
        var total = options.LastSeed == ulong.MaxValue ? 0 : options.LastSeed - options.FirstSeed + 1;
        return new Progress(shows && total != 1 ? stderr : null, total);
    }

    public void Seed(SeedResult result)
    {
        if (terminal is null) return;
        lock (_gate)
        {
            _done++;
            if (result.Violation is not null) _failed++;
            terminal.Write($"\r{_done}{(total > 0 ? $" of {total}" : "")} seeds, {_failed} failing ");
        }
    }

    public void Done()
    {
        if (terminal is not null) terminal.Write("\r\x1b[K");
    }
}
