namespace Lockstep.Node.Data;

internal static class SampleBuffer
{
    /// <summary>Replaces a buffer that is too small by one with room to spare: a reader's buffer soon fits every sample.</summary>
    public static void Reserve(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = GC.AllocateUninitializedArray<byte>((int)Math.Max(1 << 18, Math.Min(Array.MaxLength, length + length / 2L)));
    }
}
