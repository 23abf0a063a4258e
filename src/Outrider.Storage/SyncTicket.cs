using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// A group commit under way. It holds only names, so the host may run it on any thread while the journal goes on
/// taking writes; its outcome goes back to <see cref="Journal.CompleteSync"/>.
/// </summary>
public sealed class SyncTicket
{
    private readonly IReadOnlyList<string> _files;
    private readonly bool _skip;

    internal SyncTicket(IReadOnlyList<string> files, DurableToken token, JournalPosition upTo, bool skip)
    {
        _files = files;
        _skip = skip;
        Token = token;
        UpTo = upTo;
    }

    /// <summary>What is durable once it has succeeded.</summary>
    public DurableToken Token { get; }

    internal JournalPosition UpTo { get; }

    /// <summary>Blocks until the device has answered. Never run one twice: a failed sync is not retried.</summary>
    public DiskOutcome Run(IDisk disk)
    {
        if (_skip) return DiskOutcome.Ok;
        for (var i = 0; i < _files.Count; i++)
        {
            var outcome = disk.Sync(_files[i]);
            if (outcome != DiskOutcome.Ok) return outcome;
        }

        return DiskOutcome.Ok;
    }
}
