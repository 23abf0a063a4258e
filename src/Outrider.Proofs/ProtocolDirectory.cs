namespace Outrider.Proofs;

/// <summary>The files of a protocol: a directory with distributedSystem.dfy and spec.dfy, or one below it.</summary>
public sealed record ProtocolDirectory(string Path)
{
    public const string SystemFile = "distributedSystem.dfy";
    public const string SpecFile = "spec.dfy";
    public const string HintsFile = "customMessageInvariants.dfy";
    private static readonly string[] UserProofFiles = ["applicationProofDemo.dfy", "applicationProof.dfy"];
    public const string HostsFile = "hosts.dfy";

    /// <summary>Proofs for variants of the protocol that are safe for other reasons.</summary>
    public const string OtherProofs = "otherProofs";

    /// <summary>The proof written by hand, or null.</summary>
    public string? UserProofFile => Array.Find(UserProofFiles, Has);

    public bool Has(string name) => File.Exists(System.IO.Path.Combine(Path, name));

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <exception cref="UsageException">There is no specification: nothing to prove or to break.</exception>
    public void DemandSpec()
    {
        if (!Has(SpecFile))
        {
            throw new UsageException(
                $"{PathOf(SpecFile)} is missing: it declares module Obligations with the predicate Safety(c, v)");
        }
    }

    /// <exception cref="UsageException">The hosts are not put together yet.</exception>
    public void DemandSystem()
    {
        if (!Has(SystemFile))
        {
            throw new UsageException($"{PathOf(SystemFile)} is missing; 'prove gen {Path}' writes it from the hosts");
        }
    }

    /// <summary>What the front end reads to know the protocol: everything but proofs and generated text.</summary>
    public IReadOnlyList<string> Sources => new[] { SystemFile, SpecFile, HintsFile }
        .Where(Has).Select(PathOf).ToArray();

    /// <summary>The directory itself, or the only one below it that holds a system or, failing that, hosts.</summary>
    /// <exception cref="UsageException">There is none, or several.</exception>
    public static ProtocolDirectory Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new UsageException($"there is no directory '{path}'");
        }

        foreach (var name in new[] { SystemFile, HostsFile })
        {
            if (File.Exists(System.IO.Path.Combine(path, name)))
            {
                return new ProtocolDirectory(path);
            }

            var below = Directory.GetFiles(path, name, SearchOption.AllDirectories)
                .Select(f => System.IO.Path.GetDirectoryName(f)!).Order(StringComparer.Ordinal).ToList();
            if (below.Count == 1)
            {
                return new ProtocolDirectory(below[0]);
            }

            if (below.Count > 1)
            {
                throw new UsageException(
                    $"'{path}' holds several protocols; name one of: {string.Join(", ", below.Take(5))}");
            }
        }

        throw new UsageException(
            $"'{path}' holds neither {SystemFile} nor {HostsFile}; 'prove new NAME' writes a protocol to start from");
    }
}
