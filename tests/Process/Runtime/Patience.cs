namespace Outrider.Tests.Process;

/// <summary>Waits for what other threads and processes do; generous, for a busy machine is no failure.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Waits for a task, failing the test when it takes too long.</summary>
    public static async Task<T> Get<T>(Task<T> task) =>
        await task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public static async Task Get(Task task) => await task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>Waits until something holds that nobody announces (a connection, a file).</summary>
    public static async Task Until(Func<bool> holds, string what)
    {
        var until = DateTime.UtcNow + Limit;
        while (!holds())
        {
            Assert.True(DateTime.UtcNow < until, $"waited {Limit.TotalSeconds:0} s in vain: {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
