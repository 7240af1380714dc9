using System.Runtime.InteropServices;

namespace Lockstep.Node.Images;

/// <summary>libwebp 1.0 or later (Debian: libwebp7), as much as is used.</summary>
internal static unsafe partial class LibWebpNative
{
    public const int PixelsRgb = 0, PixelsRgba = 1;
    public const int Ok = 0, OutOfMemory = 1, UnsupportedFeature = 4, Suspended = 5, NotEnoughData = 7;

    private const string Library = "libwebp.so.7";

    // The first byte decides whether library and caller understand each other.
    private const int DecoderVersion = 0x0209;

    /// <summary>Sets all fields to their defaults; 0 if the library is of another kind.</summary>
    public static int InitDecoder(DecoderConfig* config) => InitDecoder(config, DecoderVersion);

    /// <summary>Reads the header into the first fields of a configuration.</summary>
    public static int GetFeatures(byte* webp, nuint sizeBytes, DecoderConfig* into) => GetFeatures(webp, sizeBytes, into, DecoderVersion);

    [LibraryImport(Library, EntryPoint = "WebPDecode")]
    public static partial int Decode(byte* webp, nuint sizeBytes, DecoderConfig* config);

    [LibraryImport(Library, EntryPoint = "WebPEncodeRGB")]
    public static partial nuint EncodeRgb(byte* rgb, int width, int height, int strideBytes, float quality, byte** webp);

    [LibraryImport(Library, EntryPoint = "WebPEncodeRGBA")]
    public static partial nuint EncodeRgba(byte* rgba, int width, int height, int strideBytes, float quality, byte** webp);

    [LibraryImport(Library, EntryPoint = "WebPEncodeLosslessRGB")]
    public static partial nuint EncodeLosslessRgb(byte* rgb, int width, int height, int strideBytes, byte** webp);

    [LibraryImport(Library, EntryPoint = "WebPEncodeLosslessRGBA")]
    public static partial nuint EncodeLosslessRgba(byte* rgba, int width, int height, int strideBytes, byte** webp);

    [LibraryImport(Library, EntryPoint = "WebPFree")]
    public static partial void Free(byte* buffer);

    [LibraryImport(Library, EntryPoint = "WebPInitDecoderConfigInternal")]
    private static partial int InitDecoder(DecoderConfig* config, int version);

    [LibraryImport(Library, EntryPoint = "WebPGetFeaturesInternal")]
    private static partial int GetFeatures(byte* webp, nuint sizeBytes, DecoderConfig* features, int version);

    /// <summary>WebPDecoderConfig of decode.h on a 64-bit machine: the header's features, the output, the options.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 240)]
    public struct DecoderConfig
    {
        [FieldOffset(0)] public int Width;
        [FieldOffset(4)] public int Height;
        [FieldOffset(8)] public int HasAlpha;
        [FieldOffset(12)] public int HasAnimation;

        [FieldOffset(40)] public int OutputPixels;
        [FieldOffset(52)] public int OutputIsExternal;
        [FieldOffset(56)] public byte* Output;
        [FieldOffset(64)] public int OutputStrideBytes;
        [FieldOffset(72)] public nuint OutputSizeBytes;
    }
}
