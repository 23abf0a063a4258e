namespace Outrider.Bench.Member;

/// <summary>One member of a cluster under test, in a process of its own; callers run in the leader's process.</summary>
internal interface IBenchMember : IAsyncDisposable
{
    Task StartAsync();

    /// <summary>Whether appends go through here now.</summary>
    Task<bool> IsLeaderAsync();

    /// <summary>Appends one entry and waits for its acknowledgement; false: refused, or unknown.</summary>
    Task<bool> AppendAsync(int caller, ReadOnlyMemory<byte> payload, int records);

    /// <summary>Reads everything back and compares checksums: how many records, or what was wrong.</summary>
    Task<(long Records, string? Wrong)> VerifyAsync();
}
