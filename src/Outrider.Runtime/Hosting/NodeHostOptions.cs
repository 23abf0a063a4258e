using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Core;
using Outrider.Storage;

namespace Outrider.Runtime;

/// <summary>What it takes to run one node.</summary>
public sealed class NodeHostOptions
{
    /// <summary>Which node of the cluster this is.</summary>
    public required NodeInfo Node { get; init; }

    /// <summary>Where its journal lies. A <see cref="KillableDisk"/> makes <see cref="NodeHost.KillAsync"/> as hard
    /// as a loss of the machine.</summary>
    public required IDisk Disk { get; init; }

    public required JournalOptions Journal { get; init; }

    /// <summary>Builds the machine from what the journal held.</summary>
    public required Func<Recovered, Machine> Build { get; init; }

    public required INodeTransport Transport { get; init; }

    public required IControlPlane Control { get; init; }

    public ILoggerFactory Logs { get; init; } = NullLoggerFactory.Instance;

    /// <summary>
    /// Told once when the node breaks (a failed assertion), after it has stopped itself. A process that hosts this
    /// node alone exits with 70.
    /// </summary>
    public Action<NodeHost, Exception>? OnBroken { get; init; }

    /// <summary>Bytes from peers that may wait for the pump.</summary>
    public long InboxBytesMax { get; init; } = 64 << 20;

    /// <summary>Where trace lines of the machine go; null: nowhere, at no cost.</summary>
    public Action<string>? Tracer { get; init; }
}
