using System.Collections.Immutable;
using System.Text.Json;
using Outrider.Client.Processing;

namespace Outrider.Samples.Fraud;

/// <summary>The state as it stands in a checkpoint record.</summary>
internal sealed class TotalsCodec : IStateCodec<ImmutableSortedDictionary<int, UserTotals>>
{
    public ReadOnlyMemory<byte> Write(ImmutableSortedDictionary<int, UserTotals> state) =>
        JsonSerializer.SerializeToUtf8Bytes(state);

    public ImmutableSortedDictionary<int, UserTotals> Read(ReadOnlyMemory<byte> bytes) =>
        JsonSerializer.Deserialize<SortedDictionary<int, UserTotals>>(bytes.Span)!.ToImmutableSortedDictionary();
}
