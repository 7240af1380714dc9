namespace Lockstep.Node.Data;

/// <summary>The buffer that a reader uses again for one file after the other.</summary>
internal static class SampleBuffer
{
    private const int KeptBytes = 64 << 20;

    /// <summary>Replaces a buffer that is too small by one with room to spare: a reader's buffer soon fits every sample.</summary>
    public static void Reserve(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(1 << 18, Math.Min(Array.MaxLength, length + length / 2L)));
    }

    /// <summary>Its content is not needed any more: lets go of a huge one, which must not be held for the rest of the run.</summary>
    public static void Trim(ref byte[] buffer)
    {
        if (buffer.Length > KeptBytes) buffer = [];
    }
}
