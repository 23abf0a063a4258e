using Outrider.Core;

namespace Outrider.Log;

/// <summary>What was given up goes to the dead-letter stream.</summary>
public sealed partial class GroupDesk
{
    private const int PostsMax = 16;
    private const int StrikesMax = 256;
    private readonly SortedSet<(long Born, long First)> _posting = [];
    // They stand in the dead-letter stream, and the group does not say so yet: batches with their letters.
    private readonly SortedDictionary<(long Born, long First), List<long>> _sent = [];
    private bool _postDue;

    /// <summary>A few batches at a time, beside the rounds; after a failure the next command tries again.</summary>
    private void Post()
    {
        var failed = false;
        while (!failed && _posting.Count + _sent.Count < PostsMax && NextLetters() is { } post)
        {
            _posting.Add(post.Name);
            post.Run(isSent =>
            {
                _posting.Remove(post.Name);
                failed |= !isSent;
                if (!isSent) return;
                _sent.Add(post.Name, [.. post.Letters.Select(one => one.Number)]);
                _postDue = true;
                Pump();
                Post();
            });
        }
    }

    /// <summary>
    /// Strikes what was sent off the lists of the groups that still are: a batch as a whole, for what is left of one
    /// would be sent again as another.
    /// </summary>
    private Job<bool> Posted()
    {
        var sent = new List<((long Born, long First) Name, List<long> Letters)>();
        var strikes = 0;
        foreach (var (name, letters) in _sent)
        {
            if (sent.Count > 0 && strikes + letters.Count > StrikesMax) break;
            strikes += letters.Count;
            sent.Add((name, letters));
        }

        return new(
            groups =>
            {
                var ops = new List<GroupOp>();
                foreach (var (name, group) in groups.Groups)
                    foreach (var (batch, letters) in sent)
                        foreach (var number in letters)
                            if (group.Born == batch.Born && group.Dead.ContainsKey(number))
                                ops.Add(new GroupOp.Posted(name, number));
                return new(true, ops);
            },
            end =>
            {
                // Otherwise with the next command.
                if (end is GroupEnd<bool>.Decided)
                    foreach (var (batch, _) in sent) _sent.Remove(batch);
            });
    }

    /// <summary>Each desk begins somewhere else: two that send the same letters do the work of one.</summary>
    private DeadLetterPost? NextLetters()
    {
        if (_fold.State is not { } state) return null;
        foreach (var (name, group) in state.Groups)
        {
            var from = group.Dead.Count == 0 ? 0 : (int)(desk % (ulong)group.Dead.Count);
            foreach (var (_, letter) in group.Dead.Skip(from).Concat(group.Dead.Take(from)))
            {
                var batch = (group.Born, letter.First);
                if (_posting.Contains(batch) || _sent.ContainsKey(batch)) continue;
                var letters = new List<(long, DeadLetter)>();
                for (var number = letter.First; letters.Count < GroupRules.LettersMax; number++)
                    if (group.Dead.TryGetValue(number, out var one) && one.First == letter.First)
                        letters.Add((number, one));
                    else break;
                Check.That(letters.Count > 0);
                return new(this, name, group, letter.First, letters);
            }
        }

        return null;
    }
}
