namespace Lockstep.Node.Tests.Images;

/// <summary>
/// <see cref="Pictures.Gradient"/> of 24 x 16 pixels, written by libturbojpeg 2.1.5 with TJ_ARITHMETIC=1 in its environment
/// and otherwise as JpegEncoder writes it: the same coefficients under another code.
/// </summary>
internal static class ArithmeticJpeg
{
    public const int Width = 24, Height = 16, Quality = 60;

    public static readonly byte[] Bytes = Convert.FromBase64String(
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO" +
        "UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P" +
        "T09PT09PT0//yQARCAAQABgDASIAAhEBAxEB/8wACgAQEAUBEBEF/9oADAMBAAIRAxEAPwD/AHFFJbJiH6N15Zo5YhtEiXTxgDKm" +
        "Ou/xuWF3w6CiUTS6/FHgdAMYIIHEnHdg/9k=");
}
