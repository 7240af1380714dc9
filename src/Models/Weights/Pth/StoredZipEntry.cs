namespace Lockstep.Models.Weights.Pth;

/// <summary>One file inside a zip, stored as it is.</summary>
/// <param name="Name">Its path, slashes between.</param>
/// <param name="Header">Where its local header begins in the zip file.</param>
/// <param name="Start">First byte of its contents.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Checksum">CRC-32 of the contents, as the zip says.</param>
internal sealed record StoredZipEntry(string Name, long Header, long Start, long Size, uint Checksum);
