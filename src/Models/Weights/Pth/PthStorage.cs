namespace Lockstep.Models.Weights.Pth;

/// <summary>A run of values in the file that tensors are views of.</summary>
/// <param name="Entry">The zip entry that holds them.</param>
/// <param name="Dtype">Their type, by safetensors' names.</param>
/// <param name="Count">Their number.</param>
internal sealed record PthStorage(StoredZipEntry Entry, string Dtype, long Count);
