using System.Text;
using Lockstep.Models.Tests.Masks;
using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

public sealed class ExifOrientationTests
{
    [Fact]
    public void Orient_HugePicture_KeepsNoSecondBuffer()
    {
        const int Side = 4800, Bytes = Side * Side * 3; // 66 MiB
        var image = new DecodedImage();
        image.Resize(Side, Side);
        image.Orient(3);
        image.Resize(Side, Side);
        var before = GC.GetAllocatedBytesForCurrentThread();
        image.Orient(3);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, Bytes, 2L * Bytes); // it was let go, and is made again
    }

    [Fact]
    public void Trim_HugeBuffer_IsLetGo_OtherIsKept()
    {
        var buffer = new PixelBuffer();
        var kept = buffer.Reserve(60 << 20);
        buffer.Trim();
        Assert.Same(kept, buffer.Bytes);
        buffer.Reserve(70 << 20);
        buffer.Trim();
        Assert.InRange(buffer.Bytes.Length, 0, 1 << 20);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, 3)]
    [InlineData(6, 3)]
    [InlineData(7, 3)]
    [InlineData(8, 3)]
    [InlineData(6, 1)]
    [InlineData(6, 4)]
    public void Read_EitherByteOrder_IsTheTagsValue(int orientation, int type)
    {
        foreach (var little in new[] { true, false })
        {
            var exif = HandMadeExif.Write(orientation, little, type);
            Assert.Equal(orientation, ExifOrientation.Read(exif));
            Assert.Equal(orientation, ExifOrientation.Read([.. "Exif\0\0"u8, .. exif]));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(65535)]
    public void Read_UnknownValue_IsUpright(int value) => Assert.Equal(1, ExifOrientation.Read(HandMadeExif.Write(value)));

    [Fact]
    public void Read_UnknownType_IsUpright() => Assert.Equal(1, ExifOrientation.Read(HandMadeExif.Write(6, type: 12)));

    [Fact]
    public void Read_CutOffAnywhere_NeverReadsBeyond()
    {
        var exif = HandMadeExif.WriteWithName(6);
        for (var length = 0; length < exif.Length; length++)
            Assert.Equal(length >= 6 + 8 + 2 + 12 + 12 ? 6 : 1, ExifOrientation.Read(exif.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF)]
    [InlineData(0xFF, 0xFF, 0xFF, 0x7F)]
    [InlineData(0x00, 0x00, 0x00, 0x80)]
    [InlineData(0xFE, 0xFF, 0xFF, 0xFF)]
    [InlineData(60, 0, 0, 0)]
    public void Read_HostileOffset_IsUpright(byte a, byte b, byte c, byte d)
    {
        var exif = HandMadeExif.Write(6);
        (exif[4], exif[5], exif[6], exif[7]) = (a, b, c, d);
        Assert.Equal(1, ExifOrientation.Read(exif));
    }

    [Fact]
    public void Read_MoreEntriesAnnouncedThanThere_EndsWithTheBytes()
    {
        var exif = HandMadeExif.Write(0x7777);
        (exif[8], exif[9], exif[22], exif[23]) = (0xFF, 0xFF, 1, 1); // 65,535 entries, none of them an orientation
        Assert.Equal(1, ExifOrientation.Read(exif));
    }

    [Fact]
    public void Read_RandomBytes_GivesOneToEight()
    {
        var random = new Random(5);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = HandMadeExif.Write(random.Next(1, 9), random.Next(2) == 0);
            for (var change = 0; change < 3; change++) bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
            Assert.InRange(ExifOrientation.Read(bytes), 1, 8);
        }
    }

    // The stored picture is ab/cd/ef; what is seen follows from which side its first row and column are (EXIF 2.32, 4.6.4).
    [Theory]
    [InlineData(1, "ab/cd/ef")]
    [InlineData(2, "ba/dc/fe")]
    [InlineData(3, "fe/dc/ba")]
    [InlineData(4, "ef/cd/ab")]
    [InlineData(5, "ace/bdf")]
    [InlineData(6, "eca/fdb")]
    [InlineData(7, "fdb/eca")]
    [InlineData(8, "bdf/ace")]
    public void Orient_Letters_AreSeenUpright(int orientation, string seen)
    {
        var image = Pictures.FromRgb([.. "abcdef"u8.ToArray().SelectMany(c => new[] { c, c, c })], 2, 3);
        image.Orient(orientation);
        var rows = Enumerable.Range(0, image.Height).Select(y =>
            Encoding.ASCII.GetString([.. Enumerable.Range(0, image.Width).Select(x => image.Pixels[(y * image.Width + x) * 3 + 1])]));
        Assert.Equal(seen, string.Join('/', rows));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(70, 33)]
    [InlineData(32, 64)]
    public void Orient_ThereAndBack_IsEqual(int width, int height)
    {
        var rgb = Pictures.Gradient(width, height);
        foreach (var (there, back) in new[] { (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 8), (7, 7), (8, 6) })
        {
            var image = Pictures.FromRgb(rgb, width, height);
            image.Orient(there);
            if (there is not (1 or 5) && width > 1) Assert.False(image.Pixels.SequenceEqual(rgb));
            image.Orient(back);
            Assert.Equal((width, height), (image.Width, image.Height));
            Assert.Equal(rgb, image.Pixels);
        }
    }

    [Fact]
    public void Orient_SteadyState_AllocatesNothing()
    {
        var image = Pictures.FromRgb(Pictures.Gradient(60, 40), 60, 40);
        for (var i = 0; i < 16; i++) image.Orient(1 + i % 8);
        Assert.Equal(0, Allocations.Least(() =>
        {
            for (var i = 0; i < 16; i++) image.Orient(1 + i % 8);
        }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void Orient_NoOrientation_Throws(int orientation) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Pictures.FromRgb(new byte[3], 1, 1).Orient(orientation));
}
