using System.Globalization;
using Outrider.Core;

namespace Outrider.Storage;

/// <summary>
/// A segment file. Its name is its slot and stays; its generation grows each time it is used again.
/// </summary>
internal sealed class Segment(string name, int sizeBytes)
{
    public const string Prefix = "journal-";
    public const string Suffix = ".seg";

    public string Name => name;
    public int SizeBytes => sizeBytes;
    public long Generation { get; set; }
    public long FirstSequence { get; set; }
    public long FirstCommit { get; set; }

    /// <summary>The life that began it: what an earlier one wrote under this generation was cut.</summary>
    public long Incarnation { get; set; }

    /// <summary>Its header on the disk is unreadable or of another use; it is written again later.</summary>
    public bool HeaderLost { get; set; }

    public static string NameOf(int slot) => $"{Prefix}{slot.ToString("D6", CultureInfo.InvariantCulture)}{Suffix}";

    /// <summary>The slot in a name of ours; -1 for any other file.</summary>
    public static int SlotOf(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return -1;
        if (!name.EndsWith(Suffix, StringComparison.Ordinal)) return -1;
        var digits = name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length);
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var slot) ? slot : -1;
    }
}

/// <summary>
/// Which segments live, which may be used again, and which wait: a segment is overwritten only after a batch that
/// says "nothing below generation G lives" is durable, since recovery would else miss it in the middle.
/// </summary>
internal sealed class SegmentSet
{
    private readonly List<Segment> _live = [];
    private readonly List<Segment> _free = [];
    private readonly List<(Segment Segment, JournalPosition After)> _leaving = [];
    private int _lastSlot;

    public IReadOnlyList<Segment> Live => _live;
    public int FreeCount => _free.Count;
    public int LeavingCount => _leaving.Count;
    public Segment Current => _live[^1];
    public long FirstLive => _live[0].Generation;

    public void NoteSlot(int slot) => _lastSlot = Math.Max(_lastSlot, slot);

    public void AddLive(Segment segment)
    {
        Check.That(_live.Count == 0 || segment.Generation == Current.Generation + 1);
        _live.Add(segment);
    }

    public void AddFree(Segment segment) => _free.Add(segment);
    public void AddLeaving(Segment segment, JournalPosition after) => _leaving.Add((segment, after));

    public Segment? Find(long generation)
    {
        if (_live.Count == 0) return null;
        var at = generation - _live[0].Generation;
        return at >= 0 && at < _live.Count ? _live[(int)at] : null;
    }

    /// <summary>
    /// A free segment of at least a size, or a new file; null with the outcome if the disk gives none.
    /// </summary>
    public Segment? Take(IDisk disk, int sizeBytes, out DiskOutcome outcome)
    {
        outcome = DiskOutcome.Ok;
        for (var i = 0; i < _free.Count; i++)
        {
            if (_free[i].SizeBytes < sizeBytes) continue;
            var segment = _free[i];
            _free.RemoveAt(i);
            return segment;
        }

        var name = Segment.NameOf(_lastSlot + 1);
        outcome = disk.Create(name, sizeBytes);
        if (outcome == DiskOutcome.Ok) outcome = disk.SyncDirectory();
        if (outcome != DiskOutcome.Ok) return null;
        _lastSlot++;
        return new(name, sizeBytes);
    }

    /// <summary>
    /// The oldest segments hold nothing that lives; they are free once <paramref name="after"/> is synced.
    /// </summary>
    public void Retire(Segment segment, JournalPosition after)
    {
        Check.That(ReferenceEquals(segment, _live[0]) && _live.Count > 1);
        _live.RemoveAt(0);
        _leaving.Add((segment, after));
    }

    /// <summary>Gives the space of segments that will hardly be needed back; a failure changes nothing.</summary>
    public void Shrink(IDisk disk, int keep)
    {
        while (_free.Count > keep && disk.Delete(_free[^1].Name) == DiskOutcome.Ok) _free.RemoveAt(_free.Count - 1);
    }

    public void OnSynced(JournalPosition synced)
    {
        while (_leaving.Count > 0 && _leaving[0].After <= synced)
        {
            _free.Add(_leaving[0].Segment);
            _leaving.RemoveAt(0);
        }
    }
}
