using Outrider.Client.Processing;
using Outrider.Log;
using Outrider.Samples;
using Outrider.Samples.Trading;

// Pairs trading: two price streams, one of which should follow the other. As soon as both prices of a month are there
// (speculatively), the regression takes them in and an order is made; it leaves when both are confirmed.
const string first = "MSFT";
const string second = "AAPL";
var run = Guid.NewGuid().ToString("n")[..8];
await using var cluster = await SampleCluster.OpenAsync(args);
var from = (await cluster.Client.TailAsync()).Require().Confirmed;
var prices = Price.ReadAll().Where(p => p.Symbol is first or second).ToList();
var feeding = Task.WhenAll(
    FeedAsync(first, cluster.DisturbAsync),
    FeedAsync(second, null));
var sink = new OrderBook();
var keys = new RecordFilter([$"trading/{run}/{first}", $"trading/{run}/{second}"]);
var runner = new ProcessorRunner<PairState, Order>(
    cluster.Client, new RunnerOptions("trading", Filter: keys, From: from), PairState.Empty, PairState.Handle,
    new PersistentState<PairState>(), sink);
var months = prices.Count(p => p.Symbol == first);
await runner.RunAsync(_ => sink.Orders.Count >= months);
await feeding;

var direct = new List<Order>();
var state = PairState.Empty;
foreach (var price in prices.OrderBy(p => p.Month).ThenBy(p => p.Symbol, StringComparer.Ordinal))
    state = state.With(price, direct.Add);
var equal = direct.SequenceEqual(sink.Orders);
Console.WriteLine($"{sink.Orders.Count} months of {first} and {second}, {direct.Count(o => o.Side == "sell")} sales; "
    + $"{runner.RevokedTotal} records revoked on the way; "
    + (equal ? "equal to the direct computation" : "DIFFERENT from the direct computation"));
return equal ? 0 : 1;

Task FeedAsync(string symbol, Func<Task>? halfway) => cluster.AppendAllAsync(
    $"trading/{run}/{symbol}", [.. prices.Where(p => p.Symbol == symbol).Select(p => p.ToPayload())], 1, halfway);
