namespace Lockstep.Node.Data.Inspection;

/// <summary>What <see cref="DatasetCheck"/> says of a sample; first the faults, then what can be used and may surprise.</summary>
public enum FindingKind
{
    /// <summary>The file cannot be read, or is not as long as when it was listed: training waits for it, and then stops.</summary>
    Unreadable,

    /// <summary>No bytes.</summary>
    Empty,

    /// <summary>Neither JPEG nor PNG nor WebP.</summary>
    NotAnImage,

    /// <summary>The file ends before the picture does.</summary>
    Truncated,

    /// <summary>The codec refuses the content.</summary>
    Corrupt,

    /// <summary>More pixels than are decoded, or more bytes than are read.</summary>
    TooLarge,

    /// <summary>An animated WebP.</summary>
    Animated,

    /// <summary>A JPEG of 12 bits a sample, lossless or hierarchical.</summary>
    Unsupported,

    /// <summary>Printing colours; the conversion knows no profile.</summary>
    Cmyk,

    /// <summary>16 bits a sample, of which 8 are kept.</summary>
    SixteenBit,

    /// <summary>Stored lying, turned or mirrored (EXIF); turned upright, which other loaders may not do.</summary>
    Turned,

    /// <summary>An animated PNG; its first picture is used.</summary>
    FirstPicture,

    /// <summary>The shorter side has few pixels.</summary>
    Tiny,

    /// <summary>The name's extension says another format than the content.</summary>
    WrongExtension,

    /// <summary>The same bytes as an earlier sample.</summary>
    Duplicate,
}
