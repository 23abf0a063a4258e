using Outrider.Storage;

namespace Outrider.Tests.Unit.Storage;

public sealed class JournalHistoryTests
{
    /// <summary>Stories that once went wrong.</summary>
    [Theory]
    [InlineData(275)]  // A stale copy of a header spoke for a generation that stood elsewhere by then.
    [InlineData(1104)] // A torn batch of an earlier life hid what a later one had written inside it.
    public void Once_failing_histories_hold(ulong seed)
    {
        var history = new JournalHistory(seed);
        history.Run(250);
        Assert.True(history.Recoveries > 5);
    }

    /// <summary>More by setting the environment variable, for a long run: OUTRIDER_HISTORIES=10000.</summary>
    private static ulong Histories =>
        ulong.TryParse(Environment.GetEnvironmentVariable("OUTRIDER_HISTORIES"), out var count) ? count : 60;

    private static ulong First =>
        ulong.TryParse(Environment.GetEnvironmentVariable("OUTRIDER_HISTORY"), out var seed) ? seed : 1;

    [Fact]
    public void Whatever_happens_a_journal_holds_a_prefix_of_what_was_written_and_all_that_was_durable()
    {
        var recoveries = 0;
        var cuts = 0;
        for (var seed = First; seed < First + Histories; seed++)
        {
            var history = new JournalHistory(seed);
            try
            {
                history.Run(250);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"seed {seed}: {failure.Message}", failure);
            }

            recoveries += history.Recoveries;
            cuts += history.CrashCuts;
        }

        // A run that never recovered and never lost an unsynced record would prove nothing.
        Assert.True(recoveries > 5 * (int)Histories, $"{recoveries} recoveries");
        Assert.True(cuts > (int)Histories, $"{cuts} crashes cut something");
    }
}
