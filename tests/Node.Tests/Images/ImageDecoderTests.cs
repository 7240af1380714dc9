using System.Text;
using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class ImageDecoderTests
{
    private readonly DecodedImage _image = new();

    [Fact]
    public void Decode_EachFormat_IsToldByItsBytes()
    {
        using var decoder = new ImageDecoder();
        decoder.Decode(Pictures.GradientJpeg(8, 6), _image);
        Assert.Equal((8, 6), (_image.Width, _image.Height));
        decoder.Decode(PngEncoder.Encode(Pictures.Gradient(5, 4), 5, 4, PngPixels.Rgb), _image);
        Assert.Equal((5, 4), (_image.Width, _image.Height));
        decoder.Decode(WebpEncoder.Encode(Pictures.Gradient(7, 3), 7, 3), _image);
        Assert.Equal((7, 3), (_image.Width, _image.Height));
    }

    [Fact]
    public void Decode_NoBytes_SaysSo() => Fails([], ImageFault.Empty, "the file is empty");

    [Theory]
    [InlineData("this is no picture", "not a JPEG, PNG or WebP")]
    [InlineData("<html>404</html>", "HTML or XML, not a JPEG, PNG or WebP")]
    [InlineData("GIF89a", "a GIF, not a JPEG, PNG or WebP")]
    [InlineData("\0\0\0\u0018ftypavif", "an AVIF, not a JPEG, PNG or WebP")]
    [InlineData("\0\0\0\u0018ftypheic", "a HEIC or MP4, not a JPEG, PNG or WebP")]
    [InlineData("\0\0\0\0", "nothing but zero bytes, not a JPEG, PNG or WebP")]
    [InlineData("RIFF\u0010\0\0\0WAVE", "not a JPEG, PNG or WebP")]
    public void Decode_NoImage_SaysWhatItIs(string content, string reason) => Fails(Encoding.Latin1.GetBytes(content), ImageFault.UnknownFormat, reason);

    [Fact]
    public void Decode_SteadyState_AllocatesNothing()
    {
        byte[] rgba = [.. Pictures.Gradient(30, 20).Chunk(3).SelectMany(p => p.Append((byte)128))];
        byte[][] files =
        [
            HandMadeJpeg.Insert(Pictures.GradientJpeg(30, 20), HandMadeJpeg.App1, HandMadeExif.WriteWithName(6)),
            JpegEncoder.EncodeCmyk(rgba, 30, 20),
            HandMadePng.Insert(PngEncoder.Encode(rgba, 30, 20, PngPixels.RgbAlpha), "IEND", "eXIf", HandMadeExif.Write(3)),
            HandMadeWebp.WithExif(WebpEncoder.EncodeLossless(rgba, 30, 20), 30, 20, HandMadeExif.Write(5), HandMadeWebp.Exif | HandMadeWebp.Alpha),
        ];
        using var decoder = new ImageDecoder();
        var least = long.MaxValue;
        for (var round = 0; round < 5; round++) // the runtime itself allocates when it compiles: the best of some rounds counts
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 200; i++) decoder.Decode(files[i % files.Length], _image);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }

    private void Fails(byte[] bytes, ImageFault fault, string reason)
    {
        using var decoder = new ImageDecoder();
        var exception = Assert.Throws<ImageDecodeException>(() => decoder.Decode(bytes, _image));
        Assert.Equal((fault, reason), (exception.Fault, exception.Message));
    }
}
