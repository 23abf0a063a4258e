using System.Collections.Immutable;
using Outrider.Client.Processing;
using Outrider.Log;

namespace Outrider.Samples.Trading;

/// <summary>What to do with the second stock, given the first.</summary>
internal sealed record Order(DateOnly Month, string Side, double ExpectedCents);

/// <summary>Prices that wait for their partner, and what the pairs so far say.</summary>
internal sealed record PairState(ImmutableSortedDictionary<DateOnly, Price> Alone, Regression Fit)
{
    public static readonly PairState Empty = new(ImmutableSortedDictionary<DateOnly, Price>.Empty, default);

    public static PairState Handle(PairState state, LogRecord record, Action<Order> emit) =>
        state.With(Price.FromPayload(record.Payload.Span), emit);

    public PairState With(Price price, Action<Order> emit)
    {
        if (!Alone.TryGetValue(price.Month, out var other)) return this with { Alone = Alone.Add(price.Month, price) };
        var (y, x) = string.CompareOrdinal(price.Symbol, other.Symbol) < 0 ? (price, other) : (other, price);
        var expected = Fit.Expect(x.Cents);
        emit(new(price.Month, y.Cents > expected ? "sell" : "buy", expected));
        return new(Alone.Remove(price.Month), Fit.With(x.Cents, y.Cents));
    }
}

/// <summary>Where orders go; here they are only kept.</summary>
internal sealed class OrderBook : IOutputSink<PairState, Order>
{
    private Checkpoint<PairState>? _checkpoint;

    public List<Order> Orders { get; } = [];

    public Task<Checkpoint<PairState>?> LoadAsync(CancellationToken cancellation) => Task.FromResult(_checkpoint);

    public Task WriteAsync(
        IReadOnlyList<Output<Order>> outputs, Checkpoint<PairState> checkpoint, CancellationToken cancellation)
    {
        Orders.AddRange(outputs.Select(output => output.Value));
        _checkpoint = checkpoint;
        return Task.CompletedTask;
    }
}
