using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Server.Embedding;

/// <summary>
/// Which disk each node lives on, and which life was the last, in the control plane. A node whose directory was
/// emptied, exchanged, or put back from an old copy has forgotten what it promised to others: under its old name it
/// could vote twice in a term, or leave a quorum without what was acknowledged. It is turned away at its start.
/// </summary>
/// <remarks>
/// The disk is known by a number drawn once, in a file beside the journal. The number of the life alone would not do:
/// it grows with each try to start.
/// </remarks>
internal sealed class DiskRegistry(IControlPlane plane)
{
    public const string FileName = "identity";
    // Not in the control plane yet: such a disk is not believed while that is silent.
    private const string Unregistered = "unregistered ";
    private const int TriesMax = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Notes that a life begins, or refuses it.</summary>
    /// <param name="node">Its name.</param>
    /// <param name="directory">Of its journal, which is open.</param>
    /// <param name="life">The one that begins.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="NodeOpenException">Another disk, or an older copy of it, was the node's last; or nothing is
    /// known of it and the control plane does not answer.</exception>
    public async Task EnterAsync(string node, string directory, Incarnation life, CancellationToken cancellation)
    {
        var file = Path.Combine(directory, FileName);
        var text = File.Exists(file) ? (await File.ReadAllTextAsync(file, cancellation).ConfigureAwait(false)).Trim()
            : Unregistered + Draw(file);
        var known = !text.StartsWith(Unregistered, StringComparison.Ordinal);
        var disk = known ? text : text[Unregistered.Length..];
        var key = "disks/" + node;
        var (silence, asked) = ("", false);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var read = await ControlCaller.AskAsync(plane, id => new ControlCall.Read(id, key), cancellation)
                .ConfigureAwait(false);
            if (read is ControlAnswer.Values { Items: [var item] })
            {
                if (item.Exists) Compare(node, file, disk, life, asked, Encoding.UTF8.GetString(item.Value.Span));
                asked = true;
                if (!await WriteAsync(key, item, disk, life, cancellation).ConfigureAwait(false)) continue;
                if (!known) Write(file, disk);
                return;
            }

            // A disk that was known before may go on without the control plane, as its groups do.
            if (known) return;
            silence = (read as ControlAnswer.Unknown)?.Reason ?? "it answered with something else";
            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }

        if (known) return;
        throw new NodeOpenException($"{node} starts on this disk for the first time, and the control plane cannot say "
            + $"whether it has lived on another: {silence}. Start the control plane first");
    }

    private async Task<bool> WriteAsync(
        string key, ControlValue item, string disk, Incarnation life, CancellationToken cancellation)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{disk} {life.Value}");
        var write = new ControlWrite(key, item.Version, Encoding.UTF8.GetBytes(text));
        var answer = await ControlCaller.AskAsync(
            plane, id => new ControlCall.CompareAndSet(id, [write]), cancellation).ConfigureAwait(false);
        return answer is ControlAnswer.Compared { Outcomes: [{ Won: true }] };
    }

    private static void Compare(
        string node, string file, string disk, Incarnation life, bool asked, string recorded)
    {
        var words = recorded.Split(' ');
        var last = words.Length == 2 && long.TryParse(words[1], CultureInfo.InvariantCulture, out var number)
            ? number : 0;
        // As high as the last only by its own write of this start, of which it did not hear.
        if (words[0] == disk && (life.Value > last || (asked && life.Value == last))) return;
        // For good: with each try to start the life's number comes nearer to the last one's.
        if (words[0] == disk) Draw(file);
        var why = words[0] == disk ? "is an older copy of its last one" : "is not its last one";
        throw new NodeOpenException($"{node} has lived in this cluster before ({last} lives), and its directory "
            + $"{Path.GetDirectoryName(file)} {why}: what it has promised to others is not there, and what was "
            + "acknowledged could be lost if it took part again. Put its own directory back; or give it up: "
            + $"`outrider node remove {node}`, then `outrider node add` with a new name");
    }

    private static string Draw(string file)
    {
        var disk = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Write(file, Unregistered + disk);
        return disk;
    }

    private static void Write(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Create, FileAccess.Write);
        stream.Write(Encoding.ASCII.GetBytes(text + "\n"));
        stream.Flush(flushToDisk: true);
    }
}
