using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// A node's own clock: offset, drift, jumps. It is monotone as the machines are promised; a jump backwards shows as a
/// clock that stands still until the rest has caught up.
/// </summary>
public sealed class SimClock(long offsetMicros, long driftPpm)
{
    private const double Million = 1_000_000;
    private long _baseTrue;
    private long _baseLocal = offsetMicros;
    private double _rate = 1 + driftPpm / Million;
    private long _last;

    /// <summary>What the node's clock shows at the true time given.</summary>
    public long At(long trueMicros)
    {
        Check.That(trueMicros >= _baseTrue);
        var local = _baseLocal + (long)((trueMicros - _baseTrue) * _rate);
        _last = Math.Max(_last, local);
        return _last;
    }

    /// <summary>How long a local delay takes in true time.</summary>
    public long TrueDelay(long localMicros) => (long)(localMicros / _rate);

    public void Jump(long trueMicros, long byMicros)
    {
        var local = _baseLocal + (long)((trueMicros - _baseTrue) * _rate);
        _baseTrue = trueMicros;
        _baseLocal = local + byMicros;
    }

    public void Drift(long trueMicros, long driftPpm)
    {
        Jump(trueMicros, 0);
        _rate = 1 + driftPpm / Million;
    }
}
