using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// The machines' fault points and coverage marks. A site is enabled for a whole run with probability 1/4 and then
/// fires with 1/4: runs differ in kind, not only in detail (FoundationDB's BUGGIFY).
/// </summary>
public sealed class SimProbe(ulong seed, bool enabled) : IProbe
{
    private const double SiteEnabled = 0.25, SiteFires = 0.25;
    private readonly Dictionary<string, (bool Enabled, Rng Draws)> _sites = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _marks = new(StringComparer.Ordinal);

    /// <summary>Switched off for the liveness phase: nothing unlikely happens on a healed core.</summary>
    public bool Quiet { get; set; }

    /// <summary>How often each mark was reached.</summary>
    public IReadOnlyDictionary<string, long> Marks => _marks;

    public long Fired { get; private set; }

    public bool Buggify(string site)
    {
        if (!enabled) return false;
        if (!_sites.TryGetValue(site, out var state))
        {
            // Each site draws from its own stream, so that a new site elsewhere does not shift the others.
            var draws = Rng.Fork(seed, "buggify:" + site);
            _sites[site] = state = (draws.Chance(SiteEnabled), draws);
        }

        if (!state.Enabled || Quiet || !state.Draws.Chance(SiteFires)) return false;
        Fired++;
        return true;
    }

    public void Mark(string name) => _marks[name] = _marks.GetValueOrDefault(name) + 1;
}
