namespace Outrider.Server.Resp;

/// <summary>Splits a typed line into words; single and double quotes group, a backslash escapes within double
/// ones.</summary>
public static class InlineWords
{
    /// <summary>False when a quote is not closed, or closes in the middle of a word.</summary>
    public static bool Split(ReadOnlySpan<byte> line, List<byte[]> words)
    {
        words.Clear();
        var word = new List<byte>();
        var at = 0;
        while (true)
        {
            while (at < line.Length && IsSpace(line[at])) at++;
            if (at == line.Length) return true;
            word.Clear();
            if (line[at] is (byte)'"' or (byte)'\'')
            {
                if (!Quoted(line, ref at, word)) return false;
                if (at < line.Length && !IsSpace(line[at])) return false;
            }
            else
            {
                while (at < line.Length && !IsSpace(line[at])) word.Add(line[at++]);
            }

            words.Add([.. word]);
        }
    }

    private static bool Quoted(ReadOnlySpan<byte> line, ref int at, List<byte> word)
    {
        var quote = line[at++];
        while (at < line.Length)
        {
            var next = line[at++];
            if (next == quote) return true;
            if (next == (byte)'\\' && quote == (byte)'"' && at < line.Length) word.Add(Escaped(line, ref at));
            else word.Add(next);
        }

        return false;
    }

    private static byte Escaped(ReadOnlySpan<byte> line, ref int at)
    {
        var next = line[at++];
        if (next == (byte)'x' && at + 1 < line.Length && Hex(line[at]) is { } high && Hex(line[at + 1]) is { } low)
        {
            at += 2;
            return (byte)((high << 4) | low);
        }

        return next switch
        {
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'t' => (byte)'\t',
            _ => next,
        };
    }

    private static int? Hex(byte b) => char.IsAsciiHexDigit((char)b) ? Convert.ToInt32(((char)b).ToString(), 16) : null;

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or 0;
}
