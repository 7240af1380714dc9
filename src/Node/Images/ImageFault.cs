namespace Lockstep.Node.Images;

/// <summary>Why an image cannot be used.</summary>
public enum ImageFault
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>The first bytes are neither a JPEG's nor a PNG's.</summary>
    UnknownFormat,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>The codec refused the content.</summary>
    Corrupt,

    /// <summary>The header announces more pixels than <see cref="DecodedImage.MaxPixels"/>.</summary>
    TooLarge,
}
