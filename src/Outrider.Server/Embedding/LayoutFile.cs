using System.Globalization;
using System.Net;
using System.Text.Json;
using Outrider.Core;
using Outrider.Log;
using Outrider.Server.Nodes;

namespace Outrider.Server.Embedding;

/// <summary>
/// The cluster as a file that every process of it reads: who is where and how to reach them. All copies must be equal;
/// nodes of another cluster number refuse each other.
/// </summary>
public sealed record LayoutFile
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        MaxDepth = 16,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The cluster's number, 16 hexadecimal digits.</summary>
    public required string Cluster { get; init; }

    public required IReadOnlyList<string> Regions { get; init; }

    /// <summary>Round trips between regions; used for placement, and emulated when <see cref="EmulateRtt"/>.</summary>
    public required IReadOnlyList<IReadOnlyList<double>> RttMs { get; init; }

    /// <summary>The nodes are on one machine and are to behave as if they were so far apart.</summary>
    public bool EmulateRtt { get; init; }

    public required int Shards { get; init; }

    /// <summary>Copies of a shard in its home region.</summary>
    public required int Replicas { get; init; }

    /// <summary>Those that came later stand at the end.</summary>
    public required IReadOnlyList<LayoutNode> Nodes { get; init; }

    /// <summary>
    /// So many of the first nodes made the cluster: placement follows from them alone. None: all of them did.
    /// </summary>
    public int? Founding { get; init; }

    public Layout ToLayout() => new(
        ulong.Parse(Cluster, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), Regions,
        [.. Nodes.Select(node => new NodeInfo(new(node.Id), node.Name, new(RegionOf(node))))], RttMs)
    {
        FoundingCount = Founding ?? Nodes.Count,
    };

    internal ClusterView ToView() => new(ToLayout(), [.. Nodes.Select(node =>
    {
        var at = IPEndPoint.Parse(node.Clients);
        return new ClientEndpoint(at.Address.ToString(), at.Port);
    })], Shards, Replicas);

    /// <summary>Null where the text is no layout: what others wrote is judged before it is used.</summary>
    internal static LayoutFile? TryParse(string text)
    {
        try
        {
            return Parse(text, "layout");
        }
        catch (OptionsException)
        {
            return null;
        }
    }

    /// <exception cref="OptionsException">It cannot be read or makes no sense; the message says where.</exception>
    public static LayoutFile Read(string file)
    {
        try
        {
            return Parse(File.ReadAllText(file), file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new OptionsException($"the layout {file} cannot be read: {failure.Message}");
        }
    }

    internal static LayoutFile Parse(string text, string file)
    {
        try
        {
            var layout = JsonSerializer.Deserialize<LayoutFile>(text, Json)
                ?? throw new OptionsException($"{file} is empty");
            return layout.Problem() is { } problem ? throw new OptionsException($"{file}: {problem}") : layout;
        }
        catch (JsonException failure)
        {
            throw new OptionsException($"the layout {file} cannot be read: {failure.Message}");
        }
    }

    /// <summary>Written aside and renamed: a node that starts meanwhile reads the old one or the new one.</summary>
    public void Write(string file)
    {
        File.WriteAllText(file + ".new", ToText());
        File.Move(file + ".new", file, overwrite: true);
    }

    internal string ToText() => JsonSerializer.Serialize(this, Json);

    private string? Problem()
    {
        // A null may stand in a file wherever a type says that there is none.
        if (Regions is null || Regions.Any(string.IsNullOrEmpty)) return "regions: a list of names";
        if (RttMs is null || RttMs.Any(row => row is null || row.Any(cell => !(cell >= 0))))
            return "rttMs: numbers from 0";
        if (Nodes is null || Nodes.Any(node => node is null || string.IsNullOrEmpty(node.Name)))
            return "nodes: a list of nodes with names";
        if (Shards is < 1 or > LogParameters.ShardsMax) return $"shards: 1 to {LogParameters.ShardsMax}";
        if (Replicas is < 1 or > LogParameters.SeatsMax) return $"replicas: 1 to {LogParameters.SeatsMax}";
        if (!ulong.TryParse(Cluster, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _))
            return $"cluster: '{Cluster}' is no number of 16 hexadecimal digits";
        if (Nodes.Count == 0) return "nodes: there is none";
        if (RttMs.Count != Regions.Count || RttMs.Any(row => row.Count != Regions.Count))
            return "rttMs: one row and one column a region";
        for (var i = 0; i < Nodes.Count; i++)
        {
            var node = Nodes[i];
            if (i > 0 && node.Id <= Nodes[i - 1].Id) return $"nodes: {node.Name}: ids must ascend";
            if (node.Id <= 0) return $"nodes: {node.Name}: ids begin at 1";
            if (!Regions.Contains(node.Region)) return $"nodes: {node.Name}: no region '{node.Region}'";
            if (!IPEndPoint.TryParse(node.Clients, out _)) return $"nodes: {node.Name}: clients is no address:port";
            if (!IPEndPoint.TryParse(node.Links, out _)) return $"nodes: {node.Name}: links is no address:port";
            if (!IPEndPoint.TryParse(node.Http, out _)) return $"nodes: {node.Name}: http is no address:port";
        }

        if (Founding is { } founding && (founding < 1 || founding > Nodes.Count))
            return $"founding: 1 to {Nodes.Count}, the number of nodes";
        return Nodes.DistinctBy(node => node.Name).Count() == Nodes.Count ? null : "nodes: a name stands twice";
    }

    private int RegionOf(LayoutNode node)
    {
        for (var i = 0; i < Regions.Count; i++)
            if (Regions[i] == node.Region) return i;
        throw Check.Unreachable(node.Region);
    }
}

/// <summary>One node of a layout file; addresses as address:port.</summary>
/// <param name="Id">Its number, from 1; never used again for another disk.</param>
/// <param name="Name">As in eu-1; its certificate must name it.</param>
/// <param name="Region">One of the regions.</param>
/// <param name="Clients">Its client port.</param>
/// <param name="Links">Where the other nodes reach it.</param>
/// <param name="Http">Its own HTTP port.</param>
public sealed record LayoutNode(int Id, string Name, string Region, string Clients, string Links, string Http);
