namespace Outrider.Proofs.Generate;

/// <summary>A file of generated text; the same input always gives the same bytes.</summary>
public sealed record GeneratedFile(string Name, string Text);
