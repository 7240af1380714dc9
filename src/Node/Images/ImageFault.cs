namespace Lockstep.Node.Images;

/// <summary>Why an image cannot be used.</summary>
public enum ImageFault
{
    /// <summary>No bytes at all.</summary>
    Empty,

    /// <summary>The first bytes are not those of a JPEG, PNG or WebP.</summary>
    UnknownFormat,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>The codec refused the content.</summary>
    Corrupt,

    /// <summary>The header announces more pixels than <see cref="DecodedImage.MaxPixels"/>, or the file has more bytes than are read.</summary>
    TooLarge,

    /// <summary>More than one picture, none of which is the picture.</summary>
    Animated,

    /// <summary>A sound file of a kind that is not decoded: a JPEG of 12 bits a sample, lossless or hierarchical.</summary>
    Unsupported,
}
