using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Outrider.Server.Access;

/// <summary>
/// A certificate and its key in PEM files. They are read again when they change, so that renewing them needs no
/// restart; files that cannot be read leave the earlier certificate in place.
/// </summary>
public sealed class TlsFiles(string certificateFile, string keyFile)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private X509Certificate2? _current;
    private DateTime _changedUtc;
    private long _lookedMs;

    public string CertificateFile => certificateFile;

    public string KeyFile => keyFile;

    /// <summary>Reads the files; throws when they cannot be used.</summary>
    /// <exception cref="CryptographicException">They are not a certificate and its key.</exception>
    /// <exception cref="IOException">They cannot be read.</exception>
    public X509Certificate2 Load()
    {
        using var read = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        // Some platforms cannot use a key that lives in memory only; a round trip through PKCS#12 settles it.
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>What a listener needs: TLS 1.3, the newest certificate at each handshake.</summary>
    public SslServerAuthenticationOptions ServerOptions() => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ServerCertificateSelectionCallback = (_, _) => Current(),
        ClientCertificateRequired = false,
    };

    private X509Certificate2 Current()
    {
        lock (_lock)
        {
            var now = Environment.TickCount64;
            if (_current is not null && now - _lookedMs < LookEvery.TotalMilliseconds) return _current;
            _lookedMs = now;
            try
            {
                var changed = File.GetLastWriteTimeUtc(certificateFile);
                if (_current is not null && changed == _changedUtc) return _current;
                _current = Load();
                _changedUtc = changed;
            }
            catch (Exception failure) when (_current is not null && failure is IOException or CryptographicException)
            {
                // A renewal under way: the next look finds it whole.
            }

            return _current!;
        }
    }
}
