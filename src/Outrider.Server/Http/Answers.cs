using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Outrider.Server.Http;

/// <summary>Answers of the HTTP port: an object, or <c>{"error": …}</c> with a status that says whose fault it
/// is.</summary>
internal static class Answers
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { MaxDepth = 16 };

    public static IResult Ok(object body) => Results.Json(body, Json);

    public static IResult Of(ActOutcome outcome) => outcome switch
    {
        ActOutcome.Done done => Ok(new { message = done.Message }),
        ActOutcome.NotFound missing => Error(StatusCodes.Status404NotFound, missing.Reason),
        ActOutcome.Refused refused => Error(StatusCodes.Status409Conflict, refused.Reason),
        ActOutcome.TimedOut late => Error(StatusCodes.Status504GatewayTimeout, late.Reason),
        _ => throw Core.Check.Unreachable(outcome),
    };

    public static IResult Error(int status, string reason) =>
        Results.Json(new { error = reason }, Json, statusCode: status);

    public static Task WriteAsync(HttpContext context, int status, string reason) =>
        Error(status, reason).ExecuteAsync(context);
}
