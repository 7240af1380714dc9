namespace Lockstep.Node.Images;

/// <summary>
/// JPEG, PNG or WebP, told apart by the first bytes and never by the name, to RGB, turned upright as EXIF says.
/// Not thread-safe: one a worker.
/// </summary>
public sealed class ImageDecoder : IDisposable
{
    private readonly JpegDecoder _jpeg = new();
    private readonly WebpDecoder _webp = new();

    /// <exception cref="ImageDecodeException">The bytes are no usable image; the message is the reason.</exception>
    /// <exception cref="OutOfMemoryException">There is not enough memory, which says nothing about the image.</exception>
    public void Decode(ReadOnlySpan<byte> bytes, DecodedImage into)
    {
        if (bytes.IsEmpty) throw new ImageDecodeException(ImageFault.Empty, "the file is empty");
        if (JpegDecoder.Recognizes(bytes)) _jpeg.Decode(bytes, into);
        else if (PngDecoder.Recognizes(bytes)) PngDecoder.Decode(bytes, into);
        else if (WebpDecoder.Recognizes(bytes)) _webp.Decode(bytes, into);
        else throw new ImageDecodeException(ImageFault.UnknownFormat, ForeignFormat.Describe(bytes));
    }

    public void Dispose() => _jpeg.Dispose();
}
