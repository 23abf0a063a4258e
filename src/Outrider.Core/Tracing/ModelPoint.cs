namespace Outrider.Core.Tracing;

/// <summary>A decision inside a machine's step that no message and no journal record shows by itself.</summary>
/// <param name="Step">The transition of the model that it is.</param>
/// <param name="Group">Where it was taken.</param>
/// <param name="Stream">Of which stream; the catalogue where all are meant.</param>
/// <param name="Node">Whom it is about.</param>
public readonly record struct ModelPoint(string Step, GroupId Group, StreamId Stream, NodeId Node);
