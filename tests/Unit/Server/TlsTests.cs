using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Outrider.Client;
using Outrider.Server.Access;
using Outrider.Server.Resp;

namespace Outrider.Tests.Unit.Server;

/// <summary>The client port with a certificate and users.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task Clients_connect_encrypted_and_with_a_password()
    {
        var directory = Directory.CreateTempSubdirectory("outrider-tls-");
        var files = new TlsFiles(Path.Combine(directory.FullName, "c.pem"), Path.Combine(directory.FullName, "k.pem"));
        try
        {
            var first = WriteCertificate(files, DateTime.UtcNow.AddMinutes(-1));
            var users = new Users([new("ann", Role.All, PasswordHash.Of("pw"))]);
            var host = new SessionHost(new FakeLog(), users, new SessionLimits());
            await using var listener = new RespListener(host, files.ServerOptions(), NullLoggerFactory.Instance);
            var endpoint = await listener.StartAsync(new(IPAddress.Loopback, 0), NullLoggerFactory.Instance);
            Assert.Equal(first, await SeenAsync(endpoint, "pw"));
            await Assert.ThrowsAsync<Outrider.Client.Links.LinkLostException>(() => SeenAsync(endpoint, "wrong"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task<string> SeenAsync(IPEndPoint endpoint, string password)
    {
        var seen = "";
        var options = new ClientOptions
        {
            User = "ann",
            Password = password,
            RouteToHome = false,
            Tls = new SslClientAuthenticationOptions
            {
                // The certificate is its own authority; what it is called is checked below.
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    seen = certificate!.GetCertHashString();
                    return certificate.Subject == "CN=outrider-test";
                },
            },
        };
        await using var client = await OutriderClient.ConnectAsync(
            endpoint.ToString(), options, TestContext.Current.CancellationToken);
        var appended = await client.AppendAsync("k", "v"u8.ToArray(),
            cancellation: TestContext.Current.CancellationToken);
        Assert.Single(appended.Require().Positions);
        return seen;
    }

    private static string WriteCertificate(TlsFiles files, DateTime writtenUtc)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=outrider-test", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(files.KeyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(files.CertificateFile, certificate.ExportCertificatePem());
        File.SetLastWriteTimeUtc(files.CertificateFile, writtenUtc);
        return certificate.GetCertHashString();
    }
}
