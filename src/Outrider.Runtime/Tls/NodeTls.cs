using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Outrider.Runtime;

/// <summary>Where a node's certificate, its key and the cluster's authority lie, as PEM files.</summary>
public sealed record CertificatePaths(string AuthorityFile, string CertificateFile, string KeyFile)
{
    /// <summary>The names that <see cref="CertificateAuthority"/> gives them.</summary>
    public static CertificatePaths In(string directory, string nodeName) => new(
        Path.Combine(directory, "ca.crt"),
        Path.Combine(directory, $"{nodeName}.crt"),
        Path.Combine(directory, $"{nodeName}.key"));
}

/// <summary>
/// TLS 1.3 between nodes, both ends with a certificate of the cluster's authority. The platform's own validation does
/// the judging: the chain ends in our authority and no other, the subject alternative name is the node's name.
/// Files are looked at again for each connection, so that renewed certificates take effect without a restart.
/// </summary>
public sealed class NodeTls : IDisposable
{
    private readonly CertificatePaths _paths;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private Material _material;
    private DateTime _stampUtc;

    /// <exception cref="InvalidOperationException">The files are missing or unusable; the message says which and why.
    /// </exception>
    public NodeTls(CertificatePaths paths, ILoggerFactory? logs = null)
    {
        _paths = paths;
        _log = (logs ?? NullLoggerFactory.Instance).CreateLogger("Outrider.Tls");
        _stampUtc = Stamp();
        try
        {
            _material = Load();
        }
        catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"the certificates at {paths.CertificateFile} cannot be used: {e.Message}. Check that "
                + $"{paths.AuthorityFile}, {paths.CertificateFile} and {paths.KeyFile} exist, are PEM, and are "
                + "readable by this user.", e);
        }
    }

    public void Dispose() => _material.Own.Dispose();

    /// <summary>True when the certificate names the node in its subject alternative names.</summary>
    public static bool IsFor(X509Certificate? certificate, string nodeName)
    {
        if (certificate is not X509Certificate2 full) return false;
        foreach (var extension in full.Extensions)
        {
            if (extension is not X509SubjectAlternativeNameExtension names) continue;
            foreach (var name in names.EnumerateDnsNames())
                if (string.Equals(name, nodeName, StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    internal async Task<Stream> ConnectAsync(Stream inner, string peerName, CancellationToken cancellation)
    {
        var material = Current();
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = peerName,
            EnabledSslProtocols = SslProtocols.Tls13,
            ClientCertificateContext = material.Context,
            CertificateChainPolicy = Policy(material.Authority, Oids.ServerAuthentication),
        };
        return await AuthenticateAsync(stream, s => s.AuthenticateAsClientAsync(options, cancellation))
            .ConfigureAwait(false);
    }

    internal async Task<Stream> AcceptAsync(Stream inner, CancellationToken cancellation)
    {
        var material = Current();
        var stream = new SslStream(inner, leaveInnerStreamOpen: false);
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = material.Context,
            ClientCertificateRequired = true,
            EnabledSslProtocols = SslProtocols.Tls13,
            CertificateChainPolicy = Policy(material.Authority, Oids.ClientAuthentication),
        };
        return await AuthenticateAsync(stream, s => s.AuthenticateAsServerAsync(options, cancellation))
            .ConfigureAwait(false);
    }

    private static async Task<Stream> AuthenticateAsync(SslStream stream, Func<SslStream, Task> authenticate)
    {
        try
        {
            await authenticate(stream).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authority, string purpose)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // The cluster's authority publishes no revocation list; a stolen key is answered by a new authority.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authority);
        policy.ApplicationPolicy.Add(new Oid(purpose));
        return policy;
    }

    /// <summary>What the files hold now; if they have become unusable, what they held before.</summary>
    private Material Current()
    {
        lock (_gate)
        {
            var stamp = Stamp();
            if (stamp == _stampUtc) return _material;
            try
            {
                _material = Load();
                RuntimeLog.CertificatesReloaded(_log, Path.GetDirectoryName(_paths.CertificateFile) ?? ".");
            }
            catch (Exception e) when (e is IOException or CryptographicException or UnauthorizedAccessException)
            {
                // Renewal writes two files: half way the pair does not match, and the next look will find it whole.
                RuntimeLog.CertificatesBad(_log, Path.GetDirectoryName(_paths.CertificateFile) ?? ".", e.Message);
            }

            _stampUtc = stamp;
            return _material;
        }
    }

    private DateTime Stamp()
    {
        var latest = File.GetLastWriteTimeUtc(_paths.AuthorityFile);
        foreach (var path in (string[])[_paths.CertificateFile, _paths.KeyFile])
        {
            var stamp = File.GetLastWriteTimeUtc(path);
            if (stamp > latest) latest = stamp;
        }

        return latest;
    }

    private Material Load()
    {
        var authority = new X509Certificate2Collection();
        authority.ImportFromPemFile(_paths.AuthorityFile);
        if (authority.Count == 0) throw new CryptographicException($"{_paths.AuthorityFile} holds no certificate");
        var own = X509Certificate2.CreateFromPemFile(_paths.CertificateFile, _paths.KeyFile);
        if (own.NotAfter < DateTime.Now)
            throw new CryptographicException($"{_paths.CertificateFile} has expired on {own.NotAfter:u}");
        if (OperatingSystem.IsWindows())
        {
            // The Windows TLS stack takes no key that exists in memory only.
            using var ephemeral = own;
            own = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        }

        return new Material(own, authority, SslStreamCertificateContext.Create(own, authority, offline: true));
    }

    private sealed record Material(
        X509Certificate2 Own, X509Certificate2Collection Authority, SslStreamCertificateContext Context);
}

/// <summary>The two purposes that a node's certificate serves.</summary>
internal static class Oids
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
}
