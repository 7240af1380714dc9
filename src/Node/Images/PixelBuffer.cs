namespace Lockstep.Node.Images;

/// <summary>Bytes that one worker uses again for one picture after the other; grows to the largest seen, but does not keep a huge one.</summary>
internal sealed class PixelBuffer
{
    private const int LeastBytes = 1 << 20;

    // A single huge picture must not be held for the rest of the run.
    private const int KeptBytes = 64 << 20;

    public byte[] Bytes { get; private set; } = new byte[DecodedImage.SlackBytes];

    /// <summary>Makes room; the old content is lost.</summary>
    public byte[] Reserve(int sizeBytes)
    {
        if (Bytes.Length < sizeBytes || Bytes.Length > KeptBytes && sizeBytes < Bytes.Length / 4)
            Bytes = GC.AllocateUninitializedArray<byte>(Math.Max(sizeBytes, LeastBytes));
        return Bytes;
    }

    /// <summary>Its content is not needed any more: lets go of a huge one.</summary>
    public void Trim()
    {
        if (Bytes.Length > KeptBytes) Bytes = new byte[DecodedImage.SlackBytes];
    }
}
