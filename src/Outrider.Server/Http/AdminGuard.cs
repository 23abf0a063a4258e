using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Outrider.Server.Http;

/// <summary>
/// Who may ask what. Every request must name a host that is this one (a page of another site, made to resolve here,
/// does not); administration needs the token on top. Where clients must authenticate, so does whoever wants to see
/// records in the console.
/// </summary>
internal sealed class AdminGuard(string token, IPAddress bind, bool insecure, bool guardsRecords)
{
    private readonly byte[] _token = SHA256.HashData(Encoding.UTF8.GetBytes(token));

    public async Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsThisHost(context.Request.Host.Host))
        {
            await Answers.WriteAsync(context, StatusCodes.Status421MisdirectedRequest,
                $"'{context.Request.Host.Host}' is not the name of this server").ConfigureAwait(false);
            return;
        }

        var path = context.Request.Path;
        var guarded = path.StartsWithSegments("/admin", StringComparison.Ordinal)
            || (guardsRecords && path.StartsWithSegments("/console/feed", StringComparison.Ordinal));
        if (guarded && !HasToken(context.Request))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Answers.WriteAsync(context, StatusCodes.Status401Unauthorized,
                "administration needs the token of the data directory's file admin-token: Authorization: Bearer TOKEN")
                .ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    private bool IsThisHost(string host)
    {
        var name = host.Trim('[', ']');
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (!IPAddress.TryParse(name, out var address)) return insecure;
        return IPAddress.IsLoopback(address) || address.Equals(bind) || insecure;
    }

    private bool HasToken(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return false;
        // Hashes of equal length, so that the comparison tells nothing of the token's.
        var given = SHA256.HashData(Encoding.UTF8.GetBytes(header[scheme.Length..].Trim()));
        return CryptographicOperations.FixedTimeEquals(given, _token);
    }
}
