using System.IO.Pipelines;
using System.Text;
using Outrider.Runtime;
using Outrider.Server.Access;
using Outrider.Server.Commands;
using Outrider.Server.Nodes;

namespace Outrider.Server.Resp;

/// <summary>
/// One client's connection: reads commands, runs them in order, sends replies in order. Appends overlap, so that a
/// pipelining client pays one round trip for many; every other command waits until all before it have answered, so
/// that a client reads its own writes.
/// </summary>
public sealed class Session
{
    private readonly IDuplexPipe _pipe;
    private readonly SessionHost _host;
    private readonly CommandParser _parser = new();
    private readonly OutputBuffer _scratch = new();
    private readonly RespWriter _reply;
    private readonly CancellationToken _closed;
    private long _partialSinceMs;
    private long _partialBytes;

    public Session(SessionHost host, IDuplexPipe pipe, ClientInfo client, Action abort, CancellationToken closed)
    {
        (_host, _pipe, Client, Abort, _closed) = (host, pipe, client, abort, closed);
        client.User = host.Users.Initial;
        Replies = new ReplyQueue(pipe.Output, OnOverflow);
        Subscriptions = new Subscriptions(this);
        _reply = new RespWriter(_scratch);
        LimitUntilAuthenticated();
    }

    public ClientInfo Client { get; }
    public ReplyQueue Replies { get; }
    public Subscriptions Subscriptions { get; }
    public SessionHost Host => _host;
    public INodeDoor Node => _host.Node;

    /// <summary>Ends the connection at once.</summary>
    public Action Abort { get; }

    /// <summary>Set by QUIT: what has been answered is sent, then the connection ends.</summary>
    public bool Leaving { get; set; }

    /// <summary>Since when a command has been half received, or 0.</summary>
    public long PartialSinceMs => Volatile.Read(ref _partialSinceMs);

    public async Task RunAsync()
    {
        try
        {
            while (!Leaving && await ReadSomeAsync().ConfigureAwait(false)) { }
            await Replies.DrainAsync().ConfigureAwait(false);
            Replies.Flush();
            await Replies.SentAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client went away; there is nobody to tell.
        }
        finally
        {
            Subscriptions.Dispose();
            Replies.Close();
            _scratch.Release();
            NotePartial(0);
        }
    }

    public void SetProtocol(int protocol)
    {
        Client.Protocol = protocol;
        Replies.Protocol = protocol;
        _reply.Protocol = protocol;
    }

    public void SetUser(User user)
    {
        Client.User = user;
        LimitUntilAuthenticated();
    }

    /// <summary>False at the end of the connection.</summary>
    private async ValueTask<bool> ReadSomeAsync()
    {
        var read = await _pipe.Input.ReadAsync(_closed).ConfigureAwait(false);
        var buffer = read.Buffer;
        // What one read brings is one turn of the node, and nobody is woken for it.
        var cork = Cork.Put();
        try
        {
            while (!Leaving)
            {
                var outcome = _parser.Parse(ref buffer);
                if (outcome == ParseOutcome.Incomplete) break;
                if (outcome == ParseOutcome.Malformed)
                {
                    cork = Uncork(cork);
                    await Replies.DrainAsync().ConfigureAwait(false);
                    WriteNow($"ERR Protocol error: {_parser.Error}; the connection is closed");
                    Leaving = true;
                    break;
                }

                var running = RunCommandAsync();
                if (!running.IsCompleted) cork = Uncork(cork);
                await running.ConfigureAwait(false);
                var room = Replies.RoomAsync();
                if (!room.IsCompleted) cork = Uncork(cork);
                await room.WaitAsync(_closed).ConfigureAwait(false);
                cork ??= Cork.Put();
            }
        }
        finally
        {
            Uncork(cork);
        }

        NotePartial(buffer.Length + (_parser.HasPartial ? _parser.CommandBytes : 0));
        _pipe.Input.AdvanceTo(buffer.Start, buffer.End);
        Replies.Flush();
        return !read.IsCompleted && !Leaving;
    }

    /// <summary>A thread that may not come back here pays before it leaves.</summary>
    private static Cork? Uncork(Cork? cork)
    {
        cork?.Pull();
        return null;
    }

    private async ValueTask RunCommandAsync()
    {
        var arguments = _parser.Arguments;
        var command = _host.Commands.Find(arguments[0]);
        if (command is not { Overlaps: true }) await Replies.DrainAsync().WaitAsync(_closed).ConfigureAwait(false);
        Client.Commands++;
        Volatile.Write(ref _partialSinceMs, 0);
        if (command is null)
        {
            // A browser tricked into posting here must not get its body run as commands.
            Leaving = IsHttp(arguments[0]);
            WriteNow(CommandTable.Unknown(arguments));
            return;
        }

        Client.LastCommand = command.Name;
        if (Refusal(command, arguments.Count) is { } refusal)
        {
            if (command.Overlaps) await Replies.DrainAsync().WaitAsync(_closed).ConfigureAwait(false);
            WriteNow(refusal);
            return;
        }

        var call = new CommandCall(this, [.. arguments], _parser.CommandBytes, _reply, _closed);
        try
        {
            await command.Run(call).ConfigureAwait(false);
        }
        catch (CommandError error)
        {
            await Replies.DrainAsync().WaitAsync(_closed).ConfigureAwait(false);
            _scratch.Release();
            _reply.Error(error.Message);
        }
        catch (OperationCanceledException) when (!_closed.IsCancellationRequested)
        {
            _scratch.Release();
            _reply.Error(Resp.Replies.NotConfirmedInTime);
        }

        if (_scratch.Length == 0) return;
        Replies.Write(_scratch.Written.Span);
        _scratch.Release();
    }

    private string? Refusal(Command command, int count)
    {
        if (command.Arity > 0 ? count != command.Arity : count < -command.Arity)
            return $"ERR wrong number of arguments for '{command.Name.ToLowerInvariant()}' command";
        if (command.Needs == Role.None) return null;
        if (Client.User is not { } user) return "NOAUTH Authentication required.";
        if ((user.Roles & command.Needs) == command.Needs) return null;
        var role = command.Needs.ToString().ToLowerInvariant();
        return $"NOPERM user '{user.Name}' lacks the role '{role}' that '{command.Name}' needs";
    }

    private void WriteNow(string error)
    {
        _reply.Error(error);
        Replies.Write(_scratch.Written.Span);
        _scratch.Release();
    }

    private void OnOverflow()
    {
        _host.Counters.SlowClientsClosed();
        Abort();
    }

    private void NotePartial(long bytes)
    {
        if (bytes == 0) Volatile.Write(ref _partialSinceMs, 0);
        else if (_partialSinceMs == 0) Volatile.Write(ref _partialSinceMs, Environment.TickCount64);
        if (!_host.Reserve(bytes - _partialBytes) && bytes > _partialBytes)
        {
            WriteNow("OVERLOADED too many half-received commands on this server; try again later");
            Leaving = true;
        }

        _partialBytes = bytes;
    }

    private void LimitUntilAuthenticated() => _parser.CommandBytesMax =
        Client.User is null ? RespLimits.UnauthenticatedBytesMax : RespLimits.CommandBytesMax;

    private static bool IsHttp(byte[] name) =>
        Ascii.EqualsIgnoreCase(name, "POST"u8) || Ascii.EqualsIgnoreCase(name, "Host:"u8);
}
