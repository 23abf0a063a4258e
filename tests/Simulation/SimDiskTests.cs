using Outrider.Core;
using Outrider.Simulation;

namespace Outrider.Tests.Simulation;

public sealed class SimDiskTests
{
    [Fact]
    public void Behaves_as_a_directory_of_files_while_nothing_fails()
    {
        var disk = new SimDisk(new Rng(1));
        var directory = Directory.CreateTempSubdirectory("outrider-disk");
        try
        {
            var draws = new Rng(2);
            for (var i = 0; i < 2_000; i++) Compare(disk, directory.FullName, draws);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static void Compare(SimDisk disk, string directory, Rng draws)
    {
        var name = "f" + draws.Below(4);
        var path = Path.Combine(directory, name);
        var exists = File.Exists(path);
        var bytes = new byte[draws.Between(1, 1500)];
        for (var b = 0; b < bytes.Length; b++) bytes[b] = (byte)draws.NextULong();
        switch (draws.Below(8))
        {
            case 0 when !exists:
                var size = draws.Between(0, 4000);
                Assert.Equal(DiskOutcome.Ok, disk.Create(name, size));
                File.WriteAllBytes(path, new byte[size]);
                break;
            case 1 when draws.Chance(0.1):
                Assert.Equal(exists ? DiskOutcome.Ok : DiskOutcome.NotFound, disk.Delete(name));
                File.Delete(path);
                break;
            case 2 when draws.Chance(0.1) && exists:
                Assert.Equal(DiskOutcome.Ok, disk.Rename(name, "f9"));
                File.Move(path, Path.Combine(directory, "f9"), overwrite: true);
                break;
            case 3:
                Assert.Equal(exists ? DiskOutcome.Ok : DiskOutcome.NotFound, disk.Sync(name));
                Assert.Equal(DiskOutcome.Ok, disk.SyncDirectory());
                break;
            case 4 when exists:
                var offset = draws.Below(5000);
                Assert.Equal(DiskOutcome.Ok, disk.Write(name, offset, bytes));
                using (var file = File.OpenWrite(path))
                {
                    file.Seek(offset, SeekOrigin.Begin);
                    file.Write(bytes);
                }

                break;
        }

        var files = new DirectoryInfo(directory).GetFiles().OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        Assert.Equal(files.Select(f => new DiskFile(f.Name, f.Length)), disk.List());
        foreach (var file in files)
        {
            var read = new byte[file.Length];
            Assert.Equal(DiskOutcome.Ok, disk.Read(file.Name, 0, read));
            Assert.Equal(File.ReadAllBytes(file.FullName), read);
            Assert.NotEqual(DiskOutcome.Ok, disk.Read(file.Name, file.Length, new byte[1]));
        }
    }

    [Fact]
    public void Power_loss_keeps_what_was_synced_and_tears_only_what_was_written_since()
    {
        var lostSome = false;
        for (var seed = 1UL; seed <= 300; seed++)
        {
            var draws = new Rng(seed);
            var disk = new SimDisk(new Rng(seed + 1000));
            disk.Create("f", 8192);
            var synced = new byte[8192];
            for (var i = 0; i < 10; i++) Scribble(disk, synced, draws);
            disk.Sync("f");
            disk.SyncDirectory();
            var written = (byte[])synced.Clone();
            var touched = new bool[8192];
            for (var i = 0; i < 5; i++) Scribble(disk, written, draws, touched);
            disk.Crash(CrashKind.Mixed);
            var found = new byte[8192];
            Assert.Equal(DiskOutcome.Ok, disk.Read("f", 0, found));
            for (var i = 0; i < found.Length; i++)
            {
                // The hull of a sector's writes may tear; what lies outside it may not.
                if (!InHull(touched, i)) Assert.Equal(synced[i], found[i]);
                lostSome |= touched[i] && found[i] != written[i];
            }
        }

        Assert.True(lostSome);
    }

    [Fact]
    public void A_killed_process_loses_nothing_but_the_next_power_loss_still_may()
    {
        var disk = new SimDisk(new Rng(1));
        disk.Create("f", 1024);
        disk.Sync("f");
        disk.SyncDirectory();
        disk.Write("f", 0, [1, 2, 3]);
        disk.Crash(CrashKind.KeepAll);
        var read = new byte[3];
        disk.Read("f", 0, read);
        Assert.Equal([1, 2, 3], read);
        disk.Crash(CrashKind.DropAll);
        disk.Read("f", 0, read);
        Assert.Equal([0, 0, 0], read);
    }

    [Fact]
    public void A_name_is_durable_only_after_the_directory_was_synced()
    {
        var disk = new SimDisk(new Rng(1));
        disk.Create("kept", 512);
        disk.SyncDirectory();
        disk.Create("lost", 512);
        disk.Delete("kept");
        disk.Crash(CrashKind.DropAll);
        Assert.Equal(["kept"], disk.List().Select(f => f.Name));
    }

    [Fact]
    public void A_failed_sync_leaves_the_bytes_in_doubt_and_the_next_one_hides_it()
    {
        var sawLoss = false;
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var disk = new SimDisk(new Rng(seed));
            disk.Create("f", 512);
            disk.Sync("f");
            disk.SyncDirectory();
            disk.Write("f", 0, [7]);
            disk.FailSyncs = 1;
            Assert.Equal(DiskOutcome.IoError, disk.Sync("f"));
            Assert.Equal(DiskOutcome.Ok, disk.Sync("f"));
            var read = new byte[1];
            disk.Read("f", 0, read);
            sawLoss |= read[0] != 7;
        }

        Assert.True(sawLoss);
    }

    [Fact]
    public void A_full_disk_refuses_new_files_and_growth_and_takes_writes_in_place()
    {
        var disk = new SimDisk(new Rng(1));
        disk.Create("f", 512);
        disk.Full = true;
        Assert.Equal(DiskOutcome.Full, disk.Create("g", 1));
        Assert.Equal(DiskOutcome.Full, disk.Write("f", 500, new byte[20]));
        Assert.Equal(DiskOutcome.Ok, disk.Write("f", 0, new byte[512]));
    }

    private static void Scribble(SimDisk disk, byte[] mirror, Rng draws, bool[]? touched = null)
    {
        var bytes = new byte[draws.Between(1, 900)];
        for (var b = 0; b < bytes.Length; b++) bytes[b] = (byte)draws.NextULong();
        var offset = draws.Below(mirror.Length - bytes.Length);
        disk.Write("f", offset, bytes);
        bytes.CopyTo(mirror.AsSpan((int)offset));
        if (touched is not null) touched.AsSpan((int)offset, bytes.Length).Fill(true);
    }

    private static bool InHull(bool[] touched, int at)
    {
        var sector = at / 512 * 512;
        var before = touched.AsSpan(sector, at - sector + 1).Contains(true);
        return before && touched.AsSpan(at, sector + 512 - at).Contains(true);
    }
}
