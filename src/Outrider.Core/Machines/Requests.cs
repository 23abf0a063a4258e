namespace Outrider.Core;

/// <summary>What a client or operator may ask of a machine. Each protocol derives sealed records from it.</summary>
public abstract record Request;

/// <summary>What a machine answers. Expected outcomes are values; "unknown" is one of them.</summary>
public abstract record Reply;
