using Outrider.Core;

namespace Outrider.Tests.Process;

/// <summary>The smallest message there can be: a text.</summary>
internal sealed record TextMessage(string Text) : Message
{
    public const ushort TagNumber = 7;

    public override ushort Tag => TagNumber;

    public override void Write(WireWriter writer) => writer.Text(Text);

    public static MessageCodec Codec() => new MessageCodec().Register(TagNumber, Read);

    private static Message? Read(ref WireReader reader) =>
        reader.Text(out var text, Limits.EntryBytesMax) ? new TextMessage(text) : null;
}
