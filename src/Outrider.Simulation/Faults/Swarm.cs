using System.Globalization;
using Outrider.Core;

namespace Outrider.Simulation;

/// <summary>
/// What kind of weather a seed has: every probability is drawn per seed, and each class of fault is off altogether in
/// a third to a half of the seeds, so that the rare ones get runs in which they dominate (swarm testing).
/// </summary>
public sealed class Swarm
{
    private readonly double[] _weights = new double[Enum.GetValues<FaultClass>().Length];

    private Swarm() { }

    // Messages: chances per message.
    public double LossChance { get; set; }
    public double DuplicateChance { get; set; }
    public double ReplayChance { get; set; }
    public long ReplayLateMicrosMax { get; set; }
    public double DelayMeanMicros { get; private init; }
    public double TailChance { get; set; }
    public bool FirstInFirstOut { get; set; }
    public double CodecShare { get; private init; }

    /// <summary>Round trip between neighbouring regions; regions further apart take multiples of it.</summary>
    public long RegionRttMicros { get; private init; }
    public int Regions { get; private init; }

    // Disks.
    public double SyncMeanMicros { get; private init; }
    public double ReadMeanMicros { get; private init; }

    /// <summary>How many syncs have done their work long before they say so.</summary>
    public double EarlySyncShare { get; set; } = 0.5;
    public double PowerLossShare { get; set; }
    public double MixedShare { get; private init; }

    // Clocks.
    public long SkewMicrosMax { get; set; }
    public long DriftPpmMax { get; set; }

    // The control plane.
    public double ControlMeanMicros { get; private init; }
    public double ControlUnknownChance { get; set; }

    // Structural faults.
    public double FaultMeanMicros { get; set; }
    public double UnsyncedCrashChance { get; set; }
    public double ActingCrashChance { get; set; }
    public double ActingCutChance { get; set; }

    /// <summary>How many of the cuts after acting take sides, and the control plane from one of them.</summary>
    public double ActingIsolationShare { get; set; }

    /// <summary>How long the nemesis rests in every ten seconds.</summary>
    public long RestMicros { get; set; }

    /// <summary>How many crashes take a second node with them.</summary>
    public double CompanionShare { get; set; }

    /// <summary>How many clogs hold back all that a leader says.</summary>
    public double LeaderClogShare { get; set; }

    /// <summary>How many of the partitions that cost the control plane cost it on the far side.</summary>
    public double FarControlShare { get; set; }
    /// <summary>How many disk errors hit the directory rather than a file.</summary>
    public double NameErrorShare { get; set; }
    public int DownMax { get; set; }

    /// <summary>The only node that faults may strike; none: any.</summary>
    public NodeId LoneVictim { get; set; } = NodeId.None;
    public bool Buggify { get; set; }

    public double WeightOf(FaultClass kind) => _weights[(int)kind];

    /// <summary>Leaves out a kind of trouble that has no identity of its own: "loss", "unknown", …</summary>
    /// <returns>False for a name that means nothing.</returns>
    public bool Remove(string trouble)
    {
        switch (trouble)
        {
            case "loss": LossChance = 0; return true;
            case "duplicate": DuplicateChance = 0; return true;
            case "replay": ReplayChance = 0; return true;
            case "unknown": ControlUnknownChance = 0; return true;
            case "tail": TailChance = 0; return true;
            case "skew": SkewMicrosMax = DriftPpmMax = 0; return true;
            case "buggify": Buggify = false; return true;
            case "rot": _weights[(int)FaultClass.Rot] = 0; return true;
            case "wipe": _weights[(int)FaultClass.Wipe] = 0; return true;
            default: return false;
        }
    }

    /// <summary>The names that <see cref="Remove"/> knows.</summary>
    public static IReadOnlyList<string> Troubles { get; } =
        ["loss", "duplicate", "replay", "unknown", "tail", "skew", "buggify", "rot", "wipe"];

    public void SetWeight(FaultClass kind, double weight) => _weights[(int)kind] = weight;

    /// <summary>Adds episodes, each kind in half of the seeds, for systems that know what a leader is.</summary>
    public void DrawEpisodes(Rng rng)
    {
        for (var kind = FaultClass.HeldLeader; kind < FaultClass.Play; kind++)
            _weights[(int)kind] = Sometimes(rng, 0.5, 0.8);
    }

    public static Swarm Draw(ulong seed)
    {
        var rng = Rng.Fork(seed, "swarm");
        var swarm = new Swarm
        {
            LossChance = Sometimes(rng, 0.6, 0.30) * rng.NextUnit(),
            DuplicateChance = Sometimes(rng, 0.5, 0.50) * rng.NextUnit(),
            ReplayChance = Sometimes(rng, 0.5, 0.05),
            ReplayLateMicrosMax = rng.Between(1, 60) * 1_000_000,
            DelayMeanMicros = Logarithmic(rng, 200, 40_000),
            TailChance = Sometimes(rng, 0.6, 0.05),
            FirstInFirstOut = rng.Chance(0.3),
            CodecShare = rng.Chance(0.25) ? 1 : 0.05,
            RegionRttMicros = rng.Chance(0.5) ? 0 : (long)Logarithmic(rng, 2_000, 100_000),
            Regions = (int)rng.Between(1, 3),
            SyncMeanMicros = Logarithmic(rng, 100, 30_000),
            ReadMeanMicros = Logarithmic(rng, 50, 5_000),
            PowerLossShare = rng.Chance(0.3) ? 0 : rng.NextUnit(),
            MixedShare = rng.NextUnit(),
            SkewMicrosMax = (long)(Sometimes(rng, 0.5, 500_000)),
            DriftPpmMax = (long)Sometimes(rng, 0.5, 500),
            ControlMeanMicros = Logarithmic(rng, 500, 50_000),
            ControlUnknownChance = Sometimes(rng, 0.5, 0.2),
            FaultMeanMicros = Logarithmic(rng, 250_000, 900_000),
            UnsyncedCrashChance = Sometimes(rng, 0.6, 0.01),
            ActingCrashChance = Sometimes(rng, 0.6, 0.03),
            DownMax = (int)rng.Between(1, 3),
            Buggify = rng.Chance(0.7),
        };
        swarm.DrawWeights(rng);
        swarm.ActingCutChance = Sometimes(rng, 0.6, 0.1);
        return swarm;
    }

    /// <summary>No trouble of any kind: the weather of a transcript, which brings its own.</summary>
    public static Swarm Calm() => new()
    {
        DelayMeanMicros = 300,
        FirstInFirstOut = true,
        CodecShare = 1,
        Regions = 1,
        SyncMeanMicros = 1_000,
        EarlySyncShare = 0,
        ReadMeanMicros = 200,
        ControlMeanMicros = 2_000,
        ReplayLateMicrosMax = 1,
        FaultMeanMicros = 1_000_000,
        PowerLossShare = 1,
        DownMax = 1,
    };

    private void DrawWeights(Rng rng)
    {
        foreach (var kind in Enum.GetValues<FaultClass>().Where(k => k < FaultClass.HeldLeader))
        {
            var usual = kind switch
            {
                FaultClass.Crash => 4.0,
                FaultClass.Partition => 4.0,
                FaultClass.Clog or FaultClass.CleanRestart => 1.5,
                FaultClass.Wipe or FaultClass.FullDisk or FaultClass.DiskError => 0.3,
                FaultClass.CrashUnsynced or FaultClass.CrashAfterActing or FaultClass.CutAfterActing => 0,
                _ => 1.0,
            };
            _weights[(int)kind] = Sometimes(rng, 0.6, usual);
        }

        // With all the frequent ones off, a seed would not see its fifty faults.
        if (WeightOf(FaultClass.Crash) + WeightOf(FaultClass.Partition) == 0)
            _weights[(int)(rng.Chance(0.5) ? FaultClass.Crash : FaultClass.Partition)] = 3;
    }

    /// <summary>The weather in one line, for the story of a run.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"loss {LossChance:F3} duplicate {DuplicateChance:F3} replay {ReplayChance:F3} " +
        $"delay {DelayMeanMicros / 1000:F1} ms " +
        $"tail {TailChance:F3} fifo {FirstInFirstOut} regions {Regions} of {RegionRttMicros / 1000} ms " +
        $"sync {SyncMeanMicros / 1000:F1} ms control {ControlMeanMicros / 1000:F1} ms " +
        $"unknown {ControlUnknownChance:F3} " +
        $"faults every {FaultMeanMicros / 1000:F0} ms unsynced {UnsyncedCrashChance:F4} " +
        $"acting {ActingCrashChance:F4} {ActingCutChance:F3} " +
        $"down {DownMax}");

    /// <summary>Zero with the complement of <paramref name="on"/>, else something in (0, max].</summary>
    private static double Sometimes(Rng rng, double on, double max)
    {
        // Both draws are taken always: switching one parameter off must not shift the next.
        var isOn = rng.Chance(on);
        var share = 1 - rng.NextUnit();
        return isOn ? share * max : 0;
    }

    private static double Logarithmic(Rng rng, double low, double high) =>
        low * Math.Pow(high / low, rng.NextUnit());
}
