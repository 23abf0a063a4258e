using System.Globalization;
using Microsoft.Extensions.Logging;
using Outrider.Core;
using Outrider.Runtime;

namespace Outrider.Server.Embedding;

/// <summary>The control plane that the options name, opened.</summary>
internal sealed class ControlPlaneChoice : IDisposable
{
    private readonly IDisposable _owned;

    private ControlPlaneChoice(string kind, IControlPlane plane, Action<NodeId> forget, IDisposable owned) =>
        (Kind, Plane, Forget, _owned) = (kind, plane, forget, owned);

    /// <summary>file or etcd.</summary>
    public string Kind { get; }

    public IControlPlane Plane { get; }

    /// <summary>Ends the watches of a node's life.</summary>
    public Action<NodeId> Forget { get; }

    public static ControlPlaneChoice Open(string choice, string directory, ulong clusterId, ILoggerFactory logs)
    {
        const string etcd = "etcd=";
        if (!choice.StartsWith(etcd, StringComparison.Ordinal))
        {
            var file = new FileControlPlane(directory, logs);
            return new("file", file, file.Forget, file);
        }

        var prefix = clusterId.ToString("x16", CultureInfo.InvariantCulture);
        var plane = new EtcdControlPlane(choice[etcd.Length..], $"/outrider/{prefix}/", logs);
        return new("etcd", plane, plane.Forget, plane);
    }

    public void Dispose() => _owned.Dispose();
}
