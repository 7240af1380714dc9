using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class ImageDecoderTests
{
    private readonly DecodedImage _image = new();

    [Fact]
    public void Decode_EitherFormat_IsToldByItsBytes()
    {
        using var decoder = new ImageDecoder();
        decoder.Decode(Pictures.GradientJpeg(8, 6), _image);
        Assert.Equal((8, 6), (_image.Width, _image.Height));
        decoder.Decode(PngEncoder.Encode(Pictures.Gradient(5, 4), 5, 4, PngPixels.Rgb), _image);
        Assert.Equal((5, 4), (_image.Width, _image.Height));
    }

    [Fact]
    public void Decode_NoBytes_SaysSo() => Fails([], ImageFault.Empty, "the file is empty");

    [Fact]
    public void Decode_Text_SaysSo() => Fails("<html>404</html>"u8.ToArray(), ImageFault.UnknownFormat, "not a JPEG or PNG");

    private void Fails(byte[] bytes, ImageFault fault, string reason)
    {
        using var decoder = new ImageDecoder();
        var exception = Assert.Throws<ImageDecodeException>(() => decoder.Decode(bytes, _image));
        Assert.Equal((fault, reason), (exception.Fault, exception.Message));
    }
}
