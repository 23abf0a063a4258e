using Outrider.Client.Processing;
using Outrider.Log;
using Outrider.Samples;
using Outrider.Samples.Intrusion;

// Intrusion detection: moving averages over the fields of sensors, rows into SQLite. The consumer is stopped and begun
// anew in the middle, and a node is killed: the rows must be those of a direct computation all the same.
const int sensors = 4;
const int readings = 1_000;
var run = Guid.NewGuid().ToString("n")[..8];
var file = Path.Combine(Path.GetTempPath(), $"outrider-intrusion-{run}.db");
await using var cluster = await SampleCluster.OpenAsync(args);
var from = (await cluster.Client.TailAsync()).Require().Confirmed;
var feeding = Task.WhenAll(Enumerable.Range(0, sensors).Select(sensor => cluster.AppendAllAsync(
    $"intrusion/{run}/{sensor}", [.. Reading.Of(sensor, readings).Select(r => r.ToPayload())], 20,
    sensor == 0 ? cluster.DisturbAsync : null)));
var revoked = 0L;
await ConsumeAsync(rows => rows >= sensors * readings / 3);
Console.WriteLine("the consumer ended in the middle; a new one goes on from its checkpoint");
await ConsumeAsync(rows => rows >= sensors * readings);
await feeding;

using var result = new SqliteSink(file);
var found = result.Rows();
var expected = Enumerable.Range(0, sensors).SelectMany(sensor => Direct(Reading.Of(sensor, readings))).ToList();
var equal = expected.SequenceEqual(found);
Console.WriteLine($"{found.Count} rows, {found.Count(row => row.Alarm)} alarms, {revoked} records revoked on the way; "
    + (equal ? "equal to the direct computation" : "DIFFERENT from the direct computation"));
result.Dispose();
File.Delete(file);
return equal ? 0 : 1;

async Task ConsumeAsync(Func<int, bool> enough)
{
    using var sink = new SqliteSink(file);
    var options = new RunnerOptions("intrusion", Filter: new RecordFilter(Prefix: $"intrusion/{run}/"), From: from);
    var runner = new ProcessorRunner<Averages, AverageRow>(
        cluster.Client, options, Averages.Empty, Handle, new PersistentState<Averages>(), sink);
    await runner.RunAsync(_ => enough(sink.Rows().Count));
    revoked += runner.RevokedTotal;
}

static Averages Handle(Averages state, LogRecord record, Action<AverageRow> emit)
{
    var (after, row) = state.With(Reading.FromPayload(record.Payload.Span));
    emit(row);
    return after;
}

static IEnumerable<AverageRow> Direct(IReadOnlyList<Reading> all)
{
    for (var i = 0; i < all.Count; i++)
    {
        var window = all.Take(i + 1).TakeLast(Averages.WindowReadings).ToList();
        var sums = Enumerable.Range(0, Reading.FieldCount).Select(f => window.Sum(r => r.Fields[f])).ToArray();
        var alarm = sums.Select((sum, f) => all[i].Fields[f] * window.Count > 2 * sum).Any(over => over);
        yield return new(all[i].Sensor, i, string.Join(' ', sums), alarm);
    }
}
