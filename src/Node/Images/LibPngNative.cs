using System.Runtime.InteropServices;
using System.Text;

namespace Lockstep.Node.Images;

/// <summary>The simplified API of libpng 1.6 (png_image_*), as much as is used. 0 is failure.</summary>
internal static unsafe partial class LibPngNative
{
    private const string Library = "libpng16.so.16";

    /// <summary>Read 16-bit samples as sRGB-encoded, not as linear light.</summary>
    public const uint Flag16BitIsSrgb = 4;

    /// <summary>16 bits a sample, linear light, colours multiplied by opacity.</summary>
    public const uint FormatLinearRgbAlpha = 7;

    [LibraryImport(Library, EntryPoint = "png_image_begin_read_from_memory")]
    public static partial int BeginRead(Image* image, byte* png, nuint sizeBytes);

    /// <summary>Frees the reader too, whether it succeeds or not.</summary>
    [LibraryImport(Library, EntryPoint = "png_image_finish_read")]
    public static partial int FinishRead(Image* image, byte* background, byte* into, int rowStride, void* colormap);

    [LibraryImport(Library, EntryPoint = "png_image_write_to_memory")]
    public static partial int Write(Image* image, byte* into, nuint* sizeBytes, int convertTo8Bit, byte* pixels,
        int rowStride, void* colormap);

    /// <summary>May be called in any state, more than once.</summary>
    [LibraryImport(Library, EntryPoint = "png_image_free")]
    public static partial void Free(Image* image);

    /// <summary>png_image of png.h. libpng keeps its address: use it where it was made, on the stack.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Image
    {
        public nint Opaque;
        public uint Version;
        public uint Width;
        public uint Height;
        public uint Format;
        public uint Flags;
        public uint ColormapEntries;
        public uint WarningOrError;
        public fixed byte Message[64];

        public string Reason()
        {
            fixed (byte* text = Message)
            {
                var bytes = new ReadOnlySpan<byte>(text, 64);
                var end = bytes.IndexOf((byte)0);
                return Encoding.ASCII.GetString(bytes[..(end < 0 ? 64 : end)]);
            }
        }
    }
}
