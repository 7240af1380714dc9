namespace Lockstep.Node.Evaluation.Index;

/// <summary>Where the features of an index come from: what makes features of another image that can be compared with them.</summary>
/// <param name="Checkpoint">Checkpoint folder or weights file, a full path.</param>
/// <param name="Network">teacher or student.</param>
/// <param name="WeightsDigest">SHA-256 over the network's numbers, as state digests are made.</param>
/// <param name="Arch">What the user said of a weights file; null where nothing.</param>
/// <param name="Patch">As said.</param>
/// <param name="Heads">As said.</param>
/// <param name="Images">The images, a full path.</param>
public sealed record IndexOrigin(string Checkpoint, string Network, string WeightsDigest, string? Arch, int? Patch, int? Heads, string Images);
