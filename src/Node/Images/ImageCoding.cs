namespace Lockstep.Node.Images;

/// <summary>How the pixels are compressed.</summary>
public enum ImageCoding
{
    /// <summary>JPEG, sequential, Huffman codes.</summary>
    Baseline,

    /// <summary>JPEG, progressive, Huffman codes.</summary>
    Progressive,

    /// <summary>JPEG, sequential or progressive, arithmetic coding.</summary>
    Arithmetic,

    /// <summary>JPEG of a process that libjpeg-turbo does not decode: lossless or hierarchical.</summary>
    OtherJpeg,

    /// <summary>PNG.</summary>
    Deflate,

    /// <summary>WebP, lossy.</summary>
    Vp8,

    /// <summary>WebP, lossless.</summary>
    Vp8Lossless,

    /// <summary>WebP, an animation: each frame has its own.</summary>
    Frames,
}
