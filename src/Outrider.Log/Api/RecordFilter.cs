namespace Outrider.Log;

/// <summary>Which records a reader wants, judged where they are; all that is set must hold.</summary>
/// <param name="Keys">Records of one of these keys.</param>
/// <param name="Prefix">Records whose key begins so.</param>
/// <param name="Header">Records with a header of this name and value.</param>
public sealed record RecordFilter(
    IReadOnlyList<string>? Keys = null, string? Prefix = null, RecordField? Header = null)
{
    public const int KeysMax = 1024;

    public bool Takes(LogRecord record)
    {
        if (Prefix is not null && !record.Key.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (Keys is not null && !HasKey(record.Key)) return false;
        return Header is not { } header || HasHeader(record, header);
    }

    private bool HasKey(string key)
    {
        for (var i = 0; i < Keys!.Count; i++)
            if (Keys[i] == key) return true;
        return false;
    }

    private static bool HasHeader(LogRecord record, RecordField header)
    {
        var (fields, _) = RecordFields.Read(record);
        for (var i = 0; i < fields.Count; i++)
        {
            if (fields[i].Name.Span.SequenceEqual(header.Name.Span)
                && fields[i].Value.Span.SequenceEqual(header.Value.Span)) return true;
        }

        return false;
    }
}
