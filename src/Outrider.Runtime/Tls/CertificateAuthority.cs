using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Outrider.Runtime;

/// <summary>
/// A throw-away authority for a cluster that <c>up</c> makes: it lives in the data directory, for this cluster only,
/// readable by its owner only. Real clusters bring certificates of their own.
/// </summary>
public static class CertificateAuthority
{
    private const int ValidDays = 365;
    private const int RenewDays = 30;

    /// <summary>
    /// Makes sure that <paramref name="directory"/> holds an authority and a certificate for each node, and renews
    /// those that are about to expire.
    /// </summary>
    public static void Ensure(string directory, IEnumerable<string> nodeNames)
    {
        CreatePrivateDirectory(directory);
        var authorityFile = Path.Combine(directory, "ca.crt");
        var authorityKeyFile = Path.Combine(directory, "ca.key");
        var renewAll = !IsUsable(authorityFile, authorityKeyFile);
        if (renewAll) CreateAuthority(authorityFile, authorityKeyFile);
        using var authority = X509Certificate2.CreateFromPemFile(authorityFile, authorityKeyFile);
        foreach (var name in nodeNames)
        {
            var paths = CertificatePaths.In(directory, name);
            if (renewAll || !IsUsable(paths.CertificateFile, paths.KeyFile)) Issue(authority, paths, name);
        }
    }

    /// <summary>Issues a certificate whose subject alternative name is the node's name.</summary>
    public static void Issue(X509Certificate2 authority, CertificatePaths paths, string nodeName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={nodeName}, O=Outrider", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(nodeName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid(Oids.ServerAuthentication), new Oid(Oids.ClientAuthentication)], false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var serial = RandomNumberGenerator.GetBytes(16);
        var from = DateTimeOffset.UtcNow.AddMinutes(-5);
        var until = from.AddDays(ValidDays) < authority.NotAfter ? from.AddDays(ValidDays) : authority.NotAfter;
        using var certificate = request.Create(authority, from, until, serial);
        // The key first: whoever looks between the two finds the old certificate with a key that does not fit, and
        // keeps what it had.
        WritePrivate(paths.KeyFile, key.ExportPkcs8PrivateKeyPem());
        WriteReplacing(paths.CertificateFile, certificate.ExportCertificatePem());
    }

    private static void CreateAuthority(string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Outrider cluster authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var from = DateTimeOffset.UtcNow.AddMinutes(-5);
        using var certificate = request.CreateSelfSigned(from, from.AddDays(ValidDays));
        WritePrivate(keyFile, key.ExportPkcs8PrivateKeyPem());
        WriteReplacing(certificateFile, certificate.ExportCertificatePem());
    }

    private static bool IsUsable(string certificateFile, string keyFile)
    {
        if (!File.Exists(certificateFile) || !File.Exists(keyFile)) return false;
        try
        {
            using var found = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
            return found.NotAfter > DateTime.Now.AddDays(RenewDays);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    private static void CreatePrivateDirectory(string directory)
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, owner);
    }

    /// <summary>Never readable by others, not even between creation and a change of its mode.</summary>
    private static void WritePrivate(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var writer = new StreamWriter(temporary, options)) writer.Write(text);
        File.Move(temporary, path, overwrite: true);
    }

    private static void WriteReplacing(string path, string text)
    {
        var temporary = path + ".new";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }
}
