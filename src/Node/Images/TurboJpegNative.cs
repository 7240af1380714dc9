using System.Runtime.InteropServices;

namespace Lockstep.Node.Images;

/// <summary>The TurboJPEG C API 2.1 (Debian: libturbojpeg0), as much as is used. 0 is success, -1 is not.</summary>
internal static unsafe partial class TurboJpegNative
{
    private const string Library = "libturbojpeg.so.0";

    public const int PixelsRgb = 0, PixelsGrey = 6, PixelsCmyk = 11;
    public const int ColorspaceCmyk = 3, ColorspaceYcck = 4;
    public const int Subsampling444 = 0, Subsampling420 = 2, SubsamplingGrey = 3;

    /// <summary>The integer transform whose result does not depend on the instruction set.</summary>
    public const int FlagAccurateDct = 4096;

    public const int FlagProgressive = 16384;

    /// <summary>An error after 500 scans: a progressive file can otherwise take hours.</summary>
    public const int FlagLimitScans = 32768;

    public const int ErrorWarning = 0;

    [LibraryImport(Library, EntryPoint = "tjInitDecompress")]
    public static partial TurboJpegHandle InitDecompress();

    [LibraryImport(Library, EntryPoint = "tjInitCompress")]
    public static partial TurboJpegHandle InitCompress();

    [LibraryImport(Library, EntryPoint = "tjDestroy")]
    public static partial int Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "tjDecompressHeader3")]
    public static partial int DecompressHeader(TurboJpegHandle handle, byte* jpeg, CULong jpegSizeBytes,
        int* width, int* height, int* subsampling, int* colorspace);

    [LibraryImport(Library, EntryPoint = "tjDecompress2")]
    public static partial int Decompress(TurboJpegHandle handle, byte* jpeg, CULong jpegSizeBytes, byte* into,
        int width, int pitchBytes, int height, int pixelFormat, int flags);

    [LibraryImport(Library, EntryPoint = "tjCompress2")]
    public static partial int Compress(TurboJpegHandle handle, byte* pixels, int width, int pitchBytes, int height,
        int pixelFormat, byte** jpeg, CULong* jpegSizeBytes, int subsampling, int quality, int flags);

    [LibraryImport(Library, EntryPoint = "tjFree")]
    public static partial void Free(byte* buffer);

    [LibraryImport(Library, EntryPoint = "tjGetErrorStr2")]
    private static partial nint GetErrorText(TurboJpegHandle handle);

    [LibraryImport(Library, EntryPoint = "tjGetErrorCode")]
    public static partial int GetErrorCode(TurboJpegHandle handle);

    public static string ErrorText(TurboJpegHandle handle) =>
        Marshal.PtrToStringUTF8(GetErrorText(handle)) ?? "no reason given by libturbojpeg";
}
