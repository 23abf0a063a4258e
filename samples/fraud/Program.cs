using System.Collections.Immutable;
using System.Text;
using Outrider.Client;
using Outrider.Client.Processing;
using Outrider.Log;
using Outrider.Samples;
using Outrider.Samples.Fraud;

// Fraud analysis: least, most and average of each user's transactions. The server sends only those made abroad (a
// header says so); alarms go back into the log as derived records.
const int users = 20;
const int transactions = 300;
var run = Guid.NewGuid().ToString("n")[..8];
await using var cluster = await SampleCluster.OpenAsync(args);
var from = (await cluster.Client.TailAsync()).Require().Confirmed;
RecordField abroad = new("abroad"u8.ToArray(), "yes"u8.ToArray());
var all = Enumerable.Range(0, users).ToDictionary(user => user, user => Transaction.Of(user, transactions));
var wanted = all.Values.Sum(list => list.Count(t => t.Foreign));
var feeding = Task.WhenAll(all.Keys.Select(FeedAsync));

var group = $"fraud/{run}";
var runner = new ProcessorRunner<ImmutableSortedDictionary<int, UserTotals>, Derived>(
    cluster.Client,
    new RunnerOptions(group, Filter: new RecordFilter(Prefix: $"fraud/{run}/user", Header: abroad), From: from,
        MaxSpeculativeRecords: 1_000, MaxSpeculativeMs: 5_000),
    ImmutableSortedDictionary<int, UserTotals>.Empty, Handle,
    new PersistentState<ImmutableSortedDictionary<int, UserTotals>>(),
    new LogSink<ImmutableSortedDictionary<int, UserTotals>>(cluster.Client, group, new TotalsCodec()));
await runner.RunAsync(processor => processor.Confirmed > from
    && processor.TakeCheckpoint().State.Values.Sum(totals => totals.Count) >= wanted);
await feeding;

var direct = ImmutableSortedDictionary<int, UserTotals>.Empty;
var alarms = new SortedSet<string>(StringComparer.Ordinal);
foreach (var transaction in all.Values.SelectMany(list => list).Where(t => t.Foreign))
    direct = Handle(direct, Record(transaction), alarm => alarms.Add(Encoding.UTF8.GetString(alarm.Payload.Span)));
var written = new List<string>();
for (var page = (await cluster.Client.ReadKeyAsync($"fraud/{run}/alarms", new(0))).Require(); page.Records.Count > 0;
    page = (await cluster.Client.ReadKeyAsync($"fraud/{run}/alarms", page.Next)).Require())
    written.AddRange(page.Records.Select(record => Encoding.UTF8.GetString(record.Payload.Span)));
var equal = direct.SequenceEqual(runner.Processor!.TakeCheckpoint().State)
    && alarms.SequenceEqual(written.Order(StringComparer.Ordinal));
Console.WriteLine($"{wanted} of {users * transactions} transactions were abroad and delivered, {written.Count} alarms, "
    + $"{runner.RevokedTotal} records revoked on the way; "
    + (equal ? "equal to the direct computation" : "DIFFERENT from the direct computation"));
return equal ? 0 : 1;

async Task FeedAsync(int user)
{
    for (var at = 0; at < transactions; at += 10)
    {
        var part = all[user].Skip(at).Take(10)
            .Select(t => new NewRecord(t.ToPayload(), t.Foreign ? [abroad] : null)).ToList();
        (await cluster.Client.AppendAsync($"fraud/{run}/user{user}", part)).Require();
        if (user == 0 && at == transactions / 2) await cluster.DisturbAsync();
    }
}

LogRecord Record(Transaction transaction) => new(
    default, default, default, $"fraud/{run}/user{transaction.User}", transaction.ToPayload(), default, 0);

ImmutableSortedDictionary<int, UserTotals> Handle(
    ImmutableSortedDictionary<int, UserTotals> state, LogRecord record, Action<Derived> emit)
{
    var next = Transaction.FromPayload(record.Payload.Span);
    var totals = state.GetValueOrDefault(next.User, UserTotals.None);
    if (totals.IsOdd(next))
    {
        var alarm = $"user {next.User} #{next.Number}: {next.Cents} cents";
        emit(new($"fraud/{run}/alarms", Encoding.UTF8.GetBytes(alarm)));
    }


    return state.SetItem(next.User, totals.With(next));
}
