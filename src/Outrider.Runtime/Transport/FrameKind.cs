namespace Outrider.Runtime;

/// <summary>The first byte of every frame's body on a link between nodes.</summary>
internal enum FrameKind : byte
{
    Messages = 0,
    Hello = 1,
    Welcome = 2,
    Refused = 3,
    Ping = 4,
    Pong = 5,
}
