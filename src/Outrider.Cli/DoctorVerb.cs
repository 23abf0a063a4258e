using System.CommandLine;
using System.Text.Json;

namespace Outrider.Cli;

/// <summary>Looks at this machine and says what is missing, and what to type about it.</summary>
internal static class DoctorVerb
{
    private sealed record Finding(string What, bool Ok, bool Needed, string Found, string Advice);

    public static Command Create()
    {
        var json = new Option<bool>("--json") { Description = "one JSON object on standard output" };
        var command = new Command("doctor", "check this machine and say what to do") { json };
        command.SetAction(parsed => Run(parsed.GetValue(json), parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Run(bool json, TextWriter output)
    {
        var findings = new List<Finding>
        {
            Runtime(), TempSpace(), Memory(), Port(6380, "--port"), Port(7380, "--http"),
        };
        foreach (var (program, package, use) in Programs) findings.Add(Tool(program, package, use));
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(new
            {
                ok = findings.TrueForAll(f => f.Ok || !f.Needed),
                findings = findings.Select(f => new
                {
                    what = f.What,
                    ok = f.Ok,
                    needed = f.Needed,
                    found = f.Found,
                    advice = f.Ok ? null : f.Advice,
                }),
            }));
        }
        else
        {
            foreach (var f in findings)
            {
                output.WriteLine($"{(f.Ok ? "ok     " : f.Needed ? "missing" : "absent ")}  {f.What,-16} {f.Found}");
                if (!f.Ok) output.WriteLine($"                          -> {f.Advice}");
            }
        }

        return findings.TrueForAll(f => f.Ok || !f.Needed) ? ExitCodes.Ok : ExitCodes.Negative;
    }

    private static readonly (string Program, string Package, string Use)[] Programs =
    [
        ("redis-cli", "redis-tools", "talking to the RESP port by hand"),
        ("etcd", "etcd-server", "the etcd control plane"),
        ("z3", "z3", "proofs"),
    ];

    private static Finding Runtime() =>
        new(".NET", Environment.Version.Major >= 10, true, Environment.Version.ToString(), "install the .NET 10 SDK");

    private static Finding TempSpace()
    {
        var free = new DriveInfo(Path.GetTempPath()).AvailableFreeSpace >> 20;
        return new("free disk", free > 1024, true, $"{free:N0} MiB in {Path.GetTempPath()}",
            "free some space, or give `up --data DIR` on another disk");
    }

    private static Finding Memory()
    {
        var available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        return new("memory", available > 1024, true, $"{available:N0} MiB", "a small cluster wants 1 GiB");
    }

    private static Finding Port(int port, string flag)
    {
        try
        {
            using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, port);
            listener.Start();
            return new($"port {port}", true, false, "free", "");
        }
        catch (System.Net.Sockets.SocketException)
        {
            return new($"port {port}", false, false, "in use", $"a cluster is up already, or choose another: {flag} P");
        }
    }

    private static Finding Tool(string program, string package, string use)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);
        return new(program, found is not null, false, found ?? $"not on PATH (for {use})",
            $"apt-get install {package}, or ./check fetches it into .tools/");
    }
}
