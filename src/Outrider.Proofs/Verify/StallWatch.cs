using System.Diagnostics;
using System.Globalization;

namespace Outrider.Proofs.Verify;

/// <summary>
/// Ends a Dafny process that waits for a solver which is no more: Dafny itself does so for ever when the solver is
/// killed while it works. Stalled is what has no child left and spends no processor time, for twenty seconds.
/// </summary>
/// <remarks>Only where <c>/proc</c> tells of children; elsewhere it watches nothing.</remarks>
internal sealed class StallWatch : IDisposable
{
    private const int ChecksMax = 4;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(100);

    private readonly Process process;
    private readonly Timer timer;
    private TimeSpan spent;
    private int idleChecks;

    public StallWatch(Process process)
    {
        this.process = process;
        timer = new Timer(_ => Look(), null, Every, Every);
    }

    /// <summary>The process was ended because it waited for nothing.</summary>
    public bool HasEnded { get; private set; }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        try
        {
            process.Refresh();
            var now = process.TotalProcessorTime;
            var isIdle = now - spent < Idle && HasNoChild();
            spent = now;
            idleChecks = isIdle ? idleChecks + 1 : 0;
            if (idleChecks == ChecksMax)
            {
                HasEnded = true;
                process.Kill(true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException
            or System.ComponentModel.Win32Exception)
        {
            // It has ended by itself since.
            idleChecks = 0;
        }
    }

    private bool HasNoChild()
    {
        var tasks = string.Create(CultureInfo.InvariantCulture, $"/proc/{process.Id}/task");
        return Directory.Exists(tasks)
            && Directory.GetDirectories(tasks)
                .All(t => File.ReadAllText(Path.Combine(t, "children")).Trim().Length == 0);
    }
}
