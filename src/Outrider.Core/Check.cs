using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Outrider.Core;

/// <summary>Assertions that stay on in Release: a broken invariant stops the node before it can spread.</summary>
public static class Check
{
    /// <summary>Stops the machine when <paramref name="condition"/> does not hold.</summary>
    /// <exception cref="InvariantViolation">The condition is false: a bug, never bad input.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void That(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string? text = null,
        [CallerFilePath] string? file = null,
        [CallerLineNumber] int line = 0)
    {
        if (!condition) Fail(text, file, line);
    }

    /// <summary>Marks a branch that no input can reach.</summary>
    public static UnreachableException Unreachable(object? value, [CallerMemberName] string? member = null) =>
        new($"{member} met {value ?? "null"}, which the closed set does not contain");

    [DoesNotReturn]
    private static void Fail(string? text, string? file, int line) =>
        throw new InvariantViolation($"{text} ({Path.GetFileName(file)}:{line})");
}

/// <summary>An assertion failed: the program is wrong, not its input.</summary>
public sealed class InvariantViolation(string message) : Exception(message);
