using System.Globalization;
using System.Text;

namespace Outrider.Core.Tracing;

/// <summary>A value of a model as a trace spells it; whatever is not given is unknown to the checker.</summary>
public sealed class TraceValue
{
    /// <summary>Anything at all.</summary>
    public static readonly TraceValue Unknown = new(t => t.Append("null"));

    private readonly Action<StringBuilder> write;

    private TraceValue(Action<StringBuilder> write) => this.write = write;

    public static TraceValue Number(long value) =>
        new(t => t.Append(value.ToString(CultureInfo.InvariantCulture)));

    public static TraceValue Truth(bool value) => new(t => t.Append(value ? "true" : "false"));

    /// <summary>A constructor without arguments, or an element of an abstract type.</summary>
    public static TraceValue Text(string value) => new(t =>
    {
        t.Append('"');
        foreach (var ch in value)
        {
            if (ch is '"' or '\\')
            {
                t.Append('\\').Append(ch);
            }
            else if (ch < ' ')
            {
                t.Append("\\u").Append(((int)ch).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                t.Append(ch);
            }
        }

        t.Append('"');
    });

    /// <summary>A constructor with some of its arguments by name.</summary>
    public static TraceValue Of(string constructor, params (string Name, TraceValue Value)[] fields) =>
        Fields((constructor, Fields(fields)));

    /// <summary>Named fields of a type with one constructor.</summary>
    public static TraceValue Fields(params (string Name, TraceValue Value)[] fields) => new(t =>
    {
        t.Append('{');
        for (var i = 0; i < fields.Length; i++)
        {
            if (i > 0)
            {
                t.Append(',');
            }

            Text(fields[i].Name).WriteTo(t);
            t.Append(':');
            fields[i].Value.WriteTo(t);
        }

        t.Append('}');
    });

    /// <summary>A sequence, a set in any order, or a map as a list of pairs.</summary>
    public static TraceValue List(params TraceValue[] items) => new(t =>
    {
        t.Append('[');
        for (var i = 0; i < items.Length; i++)
        {
            if (i > 0)
            {
                t.Append(',');
            }

            items[i].WriteTo(t);
        }

        t.Append(']');
    });

    /// <summary>As it stands in a line.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        write(text);
        return text.ToString();
    }

    internal void WriteTo(StringBuilder text) => write(text);
}
