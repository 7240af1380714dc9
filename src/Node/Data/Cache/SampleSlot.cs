namespace Lockstep.Node.Data.Cache;

/// <summary>Where a cached sample lies.</summary>
/// <param name="Slab">Number of its slab.</param>
/// <param name="Offset">First byte in the slab.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Checksum">CRC-32C of them; 0 where none is kept.</param>
internal readonly record struct SampleSlot(int Slab, uint Offset, int Length, uint Checksum);
