using Outrider.Core;
using Outrider.Log;

namespace Outrider.Server.Resp;

/// <summary>How outcomes of the log read on the wire: a code that programs can tell apart, then words for
/// people.</summary>
public static class Replies
{
    public const string NotConfirmedInTime =
        "UNKNOWN no confirmation in time: it may or may not have happened; retry with the same producer and sequence";

    public const string WrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

    public static string Bug(Exception failure) =>
        $"BUG {failure.GetBaseException().GetType().Name}: {failure.GetBaseException().Message}";

    /// <summary>Writes a reply that is no success; false when it is one of another kind.</summary>
    public static bool TryWriteFailure(RespWriter writer, Reply reply)
    {
        switch (reply)
        {
            case LogReply.Refused refused:
                writer.Error($"{Code(refused.Code)} {refused.Reason}");
                return true;
            case LogReply.Unknown unknown:
                writer.Error($"UNKNOWN {unknown.Reason}");
                return true;
            default:
                return false;
        }
    }

    /// <summary>A reply of a kind that the request cannot have.</summary>
    public static void WriteUnexpected(RespWriter writer, Reply reply) =>
        writer.Error($"BUG unexpected answer {reply.GetType().Name}");

    private static string Code(LogRefusal code) => code switch
    {
        LogRefusal.Overloaded => "OVERLOADED",
        LogRefusal.WrongTail => "WRONGTAIL",
        LogRefusal.Invalid => "ERR",
        LogRefusal.Trimmed => "TRIMMED",
        LogRefusal.Unavailable => "UNAVAILABLE",
        LogRefusal.UnknownProducer => "UNKNOWNPRODUCER",
        _ => throw Check.Unreachable(code),
    };
}
