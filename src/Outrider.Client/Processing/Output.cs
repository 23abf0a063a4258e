using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>
/// Names an output for ever: the group that made it, the record it came from, and its number among that record's
/// outputs. A sink that remembers keys makes effects happen exactly once; one that does not sees them at least once
/// after a crash.
/// </summary>
public readonly record struct OutputKey(string Group, Position Position, int Number)
{
    public override string ToString() => $"{Group}/{Position}/{Number}";
}

/// <summary>Something that is to leave the process once what it rests on is confirmed.</summary>
public sealed record Output<T>(OutputKey Key, T Value);

/// <summary>Outputs that were made, and taken back, since it was last asked.</summary>
/// <param name="DroppedFrom">Outputs of records from here on were taken back; null: none.</param>
/// <param name="Added">Made since then, in order.</param>
public sealed record EarlyChanges<T>(Position? DroppedFrom, IReadOnlyList<Output<T>> Added);
