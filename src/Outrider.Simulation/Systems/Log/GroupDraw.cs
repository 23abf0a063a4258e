using Outrider.Core;
using Outrider.Log;

namespace Outrider.Simulation;

/// <summary>The consumer groups of a seed.</summary>
/// <param name="Keys">One group each for so many of the keys that producers write; 0: the seed has no groups.</param>
/// <param name="Consumers">Of all groups together.</param>
/// <param name="SnapshotEvery">Operations between two snapshots of a group's state.</param>
internal sealed record GroupDraw(
    int Keys, int Consumers, GroupPolicy Policy, int SnapshotEvery, long ThinkMeanMicros, double ForgetChance)
{
    public const string Name = "g";
    public const string DeadKey = "dead";

    public static readonly GroupDraw None = new(0, 0, GroupPolicy.None, 1, 1, 0);

    public static GroupDraw Draw(ulong seed, int keys)
    {
        // A fork of its own: the other draws of a seed stay what they are.
        var rng = Rng.Fork(seed, "log-groups");
        var wanted = rng.Chance(0.6) ? (int)Math.Min(keys, rng.Between(1, 2)) : 0;
        var policy = new GroupPolicy(
            rng.Between(500, 4_000), rng.Chance(0.6) ? (int)rng.Between(2, 4) : 0, DeadKey);
        return new(
            wanted, wanted == 0 ? 0 : wanted + (int)rng.Between(1, 4), policy, (int)rng.Between(8, 40),
            rng.Between(50_000, 600_000), rng.Chance(0.7) ? 0.3 * rng.NextUnit() : 0);
    }
}
