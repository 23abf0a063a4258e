using System.Net;

namespace Outrider.Bench.Member;

/// <summary>A member process's arguments, as the parent passes them: name, then value.</summary>
internal sealed record MemberOptions(
    string System, int Index, string Directory, bool IsDurable, IPEndPoint Listen, IPEndPoint[] Members)
{
    public string[] ToArguments() =>
    [
        "member", System, $"{Index}", Directory, IsDurable ? "fsync" : "memory", Listen.ToString(),
        string.Join(',', Members.Select(m => m.ToString())),
    ];

    public static MemberOptions Parse(string[] args) => new(
        args[0], int.Parse(args[1]), args[2], args[3] == "fsync", IPEndPoint.Parse(args[4]),
        [.. args[5].Split(',').Select(IPEndPoint.Parse)]);
}
