using System.Text;
using Mvccpb;
using Outrider.Core;

namespace Outrider.Runtime;

/// <summary>Between our keys and etcd's.</summary>
internal static class EtcdKeys
{
    /// <summary>The end of the range of all keys with a prefix, as Latin-1 bytes: the prefix with its last byte raised.
    /// </summary>
    public static string End(string prefix)
    {
        var bytes = Encoding.UTF8.GetBytes(prefix);
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            if (bytes[i] == 0xFF) continue;
            bytes[i]++;
            return Encoding.Latin1.GetString(bytes, 0, i + 1);
        }

        // No key is above: etcd's sign for "to the end".
        return "\0";
    }

    public static ControlValue Value(KeyValue found, string prefix) =>
        new(found.Key.ToStringUtf8()[prefix.Length..], found.ModRevision, found.Value.Memory);
}
