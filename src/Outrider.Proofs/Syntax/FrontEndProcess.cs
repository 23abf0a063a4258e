using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Outrider.Proofs.Tools;

namespace Outrider.Proofs.Syntax;

/// <summary>One process of the Dafny front end: answers one question after the other until this one ends.</summary>
internal sealed class FrontEndProcess
{
    private const int EndsWithinMs = 2000;

    private readonly Process process;
    private readonly Task<string> errors;

    /// <exception cref="ToolMissingException">It does not start.</exception>
    public FrontEndProcess(string tool)
    {
        var start = new ProcessStartInfo(DotnetHost.Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(tool);
        start.ArgumentList.Add("--serve");
        process = Process.Start(start)
            ?? throw new ToolMissingException("the Dafny front end does not start; run 'prove doctor'");
        errors = process.StandardError.ReadToEndAsync();
        // It ends when its input does; waiting for it makes its processor time count as this process's.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End();
    }

    /// <summary>The resolved program as the front end writes it.</summary>
    /// <exception cref="InvalidDataException">It ended instead.</exception>
    public byte[] Ask(IReadOnlyList<string> files)
    {
        try
        {
            process.StandardInput.WriteLine(JsonSerializer.Serialize(files));
            process.StandardInput.Flush();
            var output = process.StandardOutput.BaseStream;
            var head = Head(output).Split(' ');
            var text = new byte[int.Parse(head[1], CultureInfo.InvariantCulture)];
            output.ReadExactly(text);
            return text;
        }
        catch (IOException)
        {
            process.WaitForExit();
            throw new InvalidDataException($"the Dafny front end ended with code {process.ExitCode}: "
                + errors.GetAwaiter().GetResult().Split('\n')[0]);
        }
    }

    private static string Head(Stream output)
    {
        var head = new StringBuilder();
        for (var at = output.ReadByte(); at != '\n'; at = output.ReadByte())
        {
            if (at < 0)
            {
                throw new EndOfStreamException();
            }

            head.Append((char)at);
        }

        return head.ToString();
    }

    private void End()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended before its question was written.
        }

        process.WaitForExit(EndsWithinMs);
    }
}
