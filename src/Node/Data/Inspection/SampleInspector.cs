using System.Buffers.Binary;
using System.Security.Cryptography;
using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Reads and decodes one sample and says what is to be known of it. Not thread-safe: one a worker.</summary>
internal sealed class SampleInspector(ISampleSource source, int minSide) : IDisposable
{
    private readonly ImageDecoder _decoder = new();
    private readonly DecodedImage _image = new();
    private byte[] _file = [];

    /// <summary>Looks at a sample; what is found is added to a list.</summary>
    /// <returns>Bytes of the file, and a hash of them if it can be used.</returns>
    public (int Bytes, UInt128? Hash) Inspect(int sample, List<Finding> findings)
    {
        try
        {
            return InspectFile(sample, findings);
        }
        finally
        {
            SampleBuffer.Trim(ref _file);
        }
    }

    public void Dispose() => _decoder.Dispose();

    private (int Bytes, UInt128? Hash) InspectFile(int sample, List<Finding> findings)
    {
        var name = source.NameOf(sample);
        int length;
        try
        {
            length = source.Read(sample, ref _file);
        }
        catch (ImageDecodeException e)
        {
            Note(FindingKindNames.Of(e.Fault), e.Message);
            return (0, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Note(FindingKind.Unreadable, e.Message);
            return (0, null);
        }

        var file = _file.AsSpan(0, length);
        try
        {
            _decoder.Decode(file, _image);
        }
        catch (ImageDecodeException e)
        {
            Note(FindingKindNames.Of(e.Fault), e.Message);
            return (length, null);
        }
        catch (OutOfMemoryException e)
        {
            throw DataException.NoMemory(name, e);
        }
        if (ImageInfo.TryRead(file, out var info)) Describe(info);
        return (length, HashOf(file));

        void Note(FindingKind kind, string reason) => findings.Add(new Finding(sample, name, kind, reason));

        void Describe(in ImageInfo info)
        {
            if (info.Mode == PixelMode.Cmyk) Note(FindingKind.Cmyk, "CMYK, converted to RGB without its profile");
            if (info.BitsPerSample == 16) Note(FindingKind.SixteenBit, "16 bits a sample, of which the upper 8 are used");
            if (info.Orientation != ExifOrientation.Upright) Note(FindingKind.Turned, $"EXIF orientation {info.Orientation}; it is turned upright");
            if (info.Animated) Note(FindingKind.FirstPicture, "an animated PNG, of which the first picture is used");
            if (Math.Min(info.Width, info.Height) < minSide) Note(FindingKind.Tiny, $"{info.UprightWidth} x {info.UprightHeight} pixels");
            if (FormatOf(name) is { } promised && promised != info.Format) Note(FindingKind.WrongExtension, $"the content is {Words(info.Format)}");
        }
    }

    private static UInt128 HashOf(ReadOnlySpan<byte> file)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(file, hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    private static ImageFormat? FormatOf(ReadOnlySpan<char> name)
    {
        var extension = Path.GetExtension(name);
        if (Is(extension, ".jpg") || Is(extension, ".jpeg")) return ImageFormat.Jpeg;
        if (Is(extension, ".png")) return ImageFormat.Png;
        return Is(extension, ".webp") ? ImageFormat.Webp : null;
    }

    private static bool Is(ReadOnlySpan<char> extension, string other) => extension.Equals(other, StringComparison.OrdinalIgnoreCase);

    private static string Words(ImageFormat format) => format switch
    {
        ImageFormat.Jpeg => "a JPEG",
        ImageFormat.Png => "a PNG",
        _ => "a WebP",
    };
}
