using System.Buffers.Text;
using System.Text;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;
using Outrider.Server.Resp;

namespace Outrider.Server.Commands;

/// <summary>One running command: its arguments and where its reply goes.</summary>
public sealed class CommandCall(
    Session session, byte[][] arguments, long bytes, RespWriter reply, CancellationToken closed)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false,
        throwOnInvalidBytes: true);

    public Session Session => session;
    public INodeDoor Node => session.Node;
    public RespWriter Reply => reply;
    public CancellationToken Closed => closed;
    public int Count => arguments.Length;

    public ReadOnlyMemory<byte> Bytes(int at) => arguments[at];

    public string Text(int at)
    {
        try
        {
            return Strict.GetString(arguments[at]);
        }
        catch (DecoderFallbackException)
        {
            throw new CommandError($"ERR argument {at} is not UTF-8 text");
        }
    }

    /// <summary>A key: text, not empty, within the limit.</summary>
    public string Key(int at)
    {
        if (arguments[at].Length is 0 or > Limits.KeyBytesMax)
            throw new CommandError($"ERR a key has 1 to {Limits.KeyBytesMax} bytes, this one {arguments[at].Length}");
        // Such names are the server's own: the streams that hold the groups of keys.
        if (arguments[at][0] == 1) throw new CommandError("ERR a key does not begin with the control character 1");
        return Text(at);
    }

    public long Long(int at, string what)
    {
        if (Utf8Parser.TryParse(arguments[at], out long value, out var used)
            && used == arguments[at].Length) return value;
        throw new CommandError($"ERR {what} is not an integer or out of range");
    }

    public long LongFrom(int at, string what, long low, long high = long.MaxValue)
    {
        var value = Long(at, what);
        if (value >= low && value <= high) return value;
        throw new CommandError(high == long.MaxValue
            ? $"ERR {what} must be at least {low}"
            : $"ERR {what} must be between {low} and {high}");
    }

    /// <summary>Whether the argument is this word, in any case.</summary>
    public bool Is(int at, ReadOnlySpan<byte> word) =>
        at < arguments.Length && Ascii.EqualsIgnoreCase(arguments[at], word);

    /// <summary>Asserts that <paramref name="count"/> arguments stand at <paramref name="at"/> and after.</summary>
    public void Need(int at, int count, string hint)
    {
        if (count > arguments.Length - at) throw CommandError.Syntax(hint);
    }

    /// <summary>Waits until all earlier commands have answered.</summary>
    public Task DrainAsync() => session.Replies.DrainAsync().WaitAsync(closed);

    /// <summary>Asks the node; gives up after the server's own time limit.</summary>
    public async Task<Reply> AskAsync(Request ask)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(closed);
        limit.CancelAfter(TimeSpan.FromMilliseconds(session.Host.Limits.RequestTimeoutMs));
        return await Node.AskAsync(ask, limit.Token).ConfigureAwait(false);
    }

    /// <summary>Asks, expecting one kind of reply; another one is written as an error, and null returned.</summary>
    public async Task<T?> ExpectAsync<T>(Request ask) where T : LogReply
    {
        var answer = await AskAsync(ask).ConfigureAwait(false);
        if (answer is T wanted) return wanted;
        if (!Replies.TryWriteFailure(reply, answer)) Replies.WriteUnexpected(reply, answer);
        return null;
    }

    /// <summary>
    /// Asks now and answers later, in order; what comes after may start meanwhile. A client that leaves takes nothing
    /// back: it may happen all the same, and watching for it costs as much as asking.
    /// </summary>
    public void Defer(Request ask, Action<RespWriter, Reply> write) =>
        session.Replies.Defer(Node.AskAsync(ask, CancellationToken.None), (int)bytes, write);
}
