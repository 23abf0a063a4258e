using System.Globalization;
using System.Text;
using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Processing;

/// <summary>
/// Turns outputs that are not confirmed yet into records of one derived key, each tagged with what it rests on, and
/// verdicts that later confirm or revoke them: so that speculation goes on from log to log.
/// </summary>
/// <remarks>
/// Each run of a writer, and each roll-back in it, is an attempt of its own; a revoking verdict names the attempt that
/// replaces all earlier ones from a position on. One writer at a time: each append is conditional on the tail that the
/// writer knows, so that one that has been replaced is refused.
/// </remarks>
public sealed class CascadeWriter
{
    internal const string FromHeader = "cascade-from";
    internal const string AttemptHeader = "cascade-attempt";
    internal const string VerdictHeader = "cascade-verdict";
    internal const string Confirms = "confirmed";
    internal const string Revokes = "revoked";
    private Position _told;
    private long _attempt;
    private bool _began;

    /// <param name="told">Confirmed by the last verdict of earlier runs; 0 in the first.</param>
    /// <param name="attempt">Greater than any of earlier runs.</param>
    public CascadeWriter(Position told, long attempt) => (_told, _attempt) = (told, attempt);

    /// <summary>The records to append now, as one batch; none: nothing has changed.</summary>
    /// <param name="changes">What the processor has made and taken back.</param>
    /// <param name="confirmed">Its confirmed position.</param>
    /// <param name="state">Its state there; it travels with the verdict, so that the next run begins from it.</param>
    public IReadOnlyList<NewRecord> Plan(
        EarlyChanges<ReadOnlyMemory<byte>> changes, Position confirmed, ReadOnlyMemory<byte> state)
    {
        var records = new List<NewRecord>();
        if (!_began) records.Add(Verdict(Revokes, _told, default));
        _began = true;
        if (changes.DroppedFrom is { } from)
        {
            Check.That(from >= _told);
            _attempt++;
            records.Add(Verdict(Revokes, from, default));
        }

        foreach (var output in changes.Added)
            records.Add(new(output.Value, [Header(FromHeader, output.Key.Position.Value), Attempt]));
        if (confirmed > _told)
        {
            _told = confirmed;
            records.Add(Verdict(Confirms, confirmed, state));
        }

        return records;
    }

    private RecordField Attempt => Header(AttemptHeader, _attempt);

    private NewRecord Verdict(string verdict, Position at, ReadOnlyMemory<byte> state) =>
        new(state, [new(Bytes(VerdictHeader), Bytes(verdict)), Header(FromHeader, at.Value), Attempt]);

    private static RecordField Header(string name, long value) =>
        new(Bytes(name), Bytes(value.ToString(CultureInfo.InvariantCulture)));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}

/// <summary>The tags of a derived record or verdict.</summary>
internal readonly record struct CascadeTag(string? Verdict, Position? From, long Attempt)
{
    public static CascadeTag Of(IReadOnlyList<RecordField> fields)
    {
        string? verdict = null;
        Position? from = null;
        var attempt = -1L;
        foreach (var field in fields)
        {
            var value = Encoding.UTF8.GetString(field.Value.Span);
            switch (Encoding.UTF8.GetString(field.Name.Span))
            {
                case CascadeWriter.VerdictHeader:
                    verdict = value;
                    break;
                case CascadeWriter.FromHeader when long.TryParse(value, CultureInfo.InvariantCulture, out var at):
                    from = new(at);
                    break;
                case CascadeWriter.AttemptHeader:
                    attempt = long.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : -1;
                    break;
                default:
                    break;
            }
        }

        return new(verdict, from, attempt);
    }
}
