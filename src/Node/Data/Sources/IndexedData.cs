namespace Lockstep.Node.Data.Sources;

/// <summary>Images whose index was just written.</summary>
/// <param name="Source">The images.</param>
/// <param name="IndexPath">The index.</param>
/// <param name="IndexBytes">Its length.</param>
public sealed record IndexedData(StoredSource Source, string IndexPath, long IndexBytes);
