using System.Text.Json;
using Microsoft.Data.Sqlite;
using Outrider.Client.Processing;

namespace Outrider.Samples.Intrusion;

/// <summary>
/// Rows and the checkpoint that covers them, in one transaction: after a crash at any place the rows are there once.
/// The key of an output is the row's primary key besides, so that even a checkpoint restored from a backup does no
/// harm.
/// </summary>
internal sealed class SqliteSink : IOutputSink<Averages, AverageRow>, IDisposable
{
    private readonly SqliteConnection _database;

    public SqliteSink(string file)
    {
        _database = new SqliteConnection($"Data Source={file};Pooling=False");
        _database.Open();
        Run("""
            CREATE TABLE IF NOT EXISTS averages (
              id TEXT PRIMARY KEY, sensor INTEGER, number INTEGER, sums TEXT, alarm INTEGER);
            CREATE TABLE IF NOT EXISTS checkpoint (one INTEGER PRIMARY KEY CHECK (one = 1), next INTEGER, state TEXT);
            """);
    }

    public Task<Checkpoint<Averages>?> LoadAsync(CancellationToken cancellation)
    {
        using var command = _database.CreateCommand();
        command.CommandText = "SELECT next, state FROM checkpoint";
        using var reader = command.ExecuteReader();
        return Task.FromResult(reader.Read()
            ? new Checkpoint<Averages>(new(reader.GetInt64(0)), Parse(reader.GetString(1))) : null);
    }

    public Task WriteAsync(
        IReadOnlyList<Output<AverageRow>> outputs, Checkpoint<Averages> checkpoint, CancellationToken cancellation)
    {
        using var transaction = _database.BeginTransaction();
        foreach (var (key, row) in outputs)
        {
            Run("INSERT OR IGNORE INTO averages VALUES ($0, $1, $2, $3, $4)",
                key.ToString(), row.Sensor, row.Number, row.Sums, row.Alarm ? 1 : 0);
        }

        Run("INSERT OR REPLACE INTO checkpoint VALUES (1, $0, $1)", checkpoint.Next.Value, Print(checkpoint.State));
        transaction.Commit();
        return Task.CompletedTask;
    }

    /// <summary>All rows, by sensor and number.</summary>
    public IReadOnlyList<AverageRow> Rows()
    {
        using var command = _database.CreateCommand();
        command.CommandText = "SELECT sensor, number, sums, alarm FROM averages ORDER BY sensor, number";
        using var reader = command.ExecuteReader();
        var rows = new List<AverageRow>();
        while (reader.Read())
            rows.Add(new(reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2), reader.GetInt32(3) == 1));
        return rows;
    }

    public void Dispose() => _database.Dispose();

    private void Run(string sql, params object[] values)
    {
        using var command = _database.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i}", values[i]);
        command.ExecuteNonQuery();
    }

    private static string Print(Averages state) =>
        JsonSerializer.Serialize(state.Windows.Values.SelectMany(window => window).ToList());

    private static Averages Parse(string text) =>
        JsonSerializer.Deserialize<List<Reading>>(text)!
            .Aggregate(Averages.Empty, static (state, reading) => state.With(reading).After);
}
