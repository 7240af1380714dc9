namespace Lockstep.Node.Images;

/// <summary>
/// Tells want of memory in a codec from a fault of the file. It depends on the machine and the moment, so it must never
/// make an image count as broken.
/// </summary>
internal static class CodecMemory
{
    // libjpeg: "Insufficient memory (case 4)"; "Backing store not supported" where the environment's JPEGMEM is exceeded.
    // libturbojpeg: "Memory allocation failure". libpng: "Out of memory", and zlib through it "insufficient memory".
    private static readonly string[] s_reasons = ["insufficient memory", "out of memory", "memory allocation failure", "backing store"];

    /// <exception cref="OutOfMemoryException">The reason that a codec gives is want of memory.</exception>
    public static void Require(string reason)
    {
        foreach (var known in s_reasons)
            if (reason.Contains(known, StringComparison.OrdinalIgnoreCase)) throw new OutOfMemoryException(reason);
    }
}
