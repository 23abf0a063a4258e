namespace Outrider.Client.Processing;

/// <summary>
/// How a processor keeps the states it may have to go back to. Two ways exist: states that are values already, and
/// states that can fork themselves.
/// </summary>
public interface IStateKeeping<TState>
{
    /// <summary>
    /// A state that later changes to <paramref name="current"/> do not touch, kept until what follows is confirmed.
    /// </summary>
    TState Keep(TState current);

    /// <summary>A state to go on from; the kept one must survive a second roll-back to it.</summary>
    TState Resume(TState kept);
}

/// <summary>For states built of immutable (persistent) collections: keeping one costs nothing.</summary>
public sealed class PersistentState<TState> : IStateKeeping<TState>
{
    public TState Keep(TState current) => current;
    public TState Resume(TState kept) => kept;
}

/// <summary>A mutable state that can make an independent copy of itself, lazily or at once.</summary>
public interface IForkable<TState>
{
    /// <summary>A copy that shares no mutable part with this one, as far as anyone can observe.</summary>
    TState Fork();
}

/// <summary>For mutable states: forks at each batch, and again when rolling back.</summary>
public sealed class ForkedState<TState> : IStateKeeping<TState>
    where TState : IForkable<TState>
{
    public TState Keep(TState current) => current.Fork();
    public TState Resume(TState kept) => kept.Fork();
}
