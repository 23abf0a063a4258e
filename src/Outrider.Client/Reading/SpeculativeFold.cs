using Outrider.Core;
using Outrider.Log;

namespace Outrider.Client.Reading;

/// <summary>
/// Keeps a state that follows the log ahead of confirmation and is put right when something is revoked: the state at
/// the confirmed end is kept aside; on a revocation the rest is applied to it again without what never happened.
/// </summary>
/// <typeparam name="TState">The state; a value that <c>apply</c> does not change in place.</typeparam>
/// <param name="initial">The state before the first record.</param>
/// <param name="apply">Gives the state after a record; must depend on nothing else.</param>
public sealed class SpeculativeFold<TState>(TState initial, Func<TState, Record, TState> apply)
{
    private readonly List<Record> _unconfirmed = [];
    private int _applied;

    /// <summary>With everything that has been delivered; may be taken back.</summary>
    public TState Speculative { get; private set; } = initial;

    /// <summary>With everything that is confirmed; final.</summary>
    public TState Confirmed { get; private set; } = initial;

    /// <summary>Everything below it is in <see cref="Confirmed"/>.</summary>
    public Position ConfirmedEnd { get; private set; }

    /// <summary>Records in <see cref="Confirmed"/>.</summary>
    public long ConfirmedCount { get; private set; }

    /// <summary>Records taken back so far.</summary>
    public long RevokedCount { get; private set; }

    /// <summary>Delivered and not yet confirmed, in order.</summary>
    public IReadOnlyList<Record> Unconfirmed => _unconfirmed;

    /// <summary>Takes the next event of a subscription.</summary>
    public void Take(LogEvent next)
    {
        switch (next)
        {
            case LogEvent.Records records:
                foreach (var record in records.Items) Add(record);
                if (records is { Certainty: Certainty.Confirmed, Items.Count: > 0 })
                    Confirm(records.Items[^1].Position.Next());
                break;
            case LogEvent.Confirmed confirmed:
                Confirm(confirmed.UpTo);
                break;
            case LogEvent.Revoked revoked:
                Revoke(revoked);
                break;
            case LogEvent.Rewound rewound:
                _unconfirmed.RemoveAll(record => record.Position >= rewound.To);
                Reapply();
                break;
            default:
                throw Check.Unreachable(next);
        }
    }

    private void Add(Record record)
    {
        // A replay after a revocation repeats what is already here.
        if (record.Position < ConfirmedEnd) return;
        if (_unconfirmed.Count > 0 && record.Position <= _unconfirmed[^1].Position)
        {
            var at = _unconfirmed.FindIndex(known => known.Position >= record.Position);
            if (_unconfirmed[at].Position == record.Position) return;
            _unconfirmed.Insert(at, record);
            Reapply();
            return;
        }

        _unconfirmed.Add(record);
        Speculative = apply(Speculative, record);
        _applied++;
    }

    private void Confirm(Position upTo)
    {
        if (upTo <= ConfirmedEnd) return;
        var count = 0;
        while (count < _unconfirmed.Count && _unconfirmed[count].Position < upTo)
            Confirmed = apply(Confirmed, _unconfirmed[count++]);
        _unconfirmed.RemoveRange(0, count);
        _applied -= count;
        ConfirmedCount += count;
        ConfirmedEnd = upTo;
        Check.That(_applied == _unconfirmed.Count);
    }

    private void Revoke(LogEvent.Revoked revoked)
    {
        Check.That(revoked.From >= ConfirmedEnd);
        var gone = new SortedSet<Position>(revoked.Positions);
        RevokedCount += _unconfirmed.RemoveAll(record => gone.Contains(record.Position));
        Reapply();
    }

    private void Reapply()
    {
        Speculative = Confirmed;
        foreach (var record in _unconfirmed) Speculative = apply(Speculative, record);
        _applied = _unconfirmed.Count;
    }
}
