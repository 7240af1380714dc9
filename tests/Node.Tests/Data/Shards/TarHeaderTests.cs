using System.Formats.Tar;
using System.Text;
using Lockstep.Node.Data.Shards;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class TarHeaderTests
{
    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Parse_File_GivesSizeAndName(TarEntryFormat format)
    {
        var block = Tars.Of(format, ("a/1.jpg", new string('x', 777)))[..512];
        Assert.Equal(new TarHeader(TarKind.File, 777), TarHeader.Parse(block));
        Assert.Equal("a/1.jpg", NameOf(block));
    }

    [Fact]
    public void CopyName_LongUstarName_JoinsPrefixAndName()
    {
        var name = new string('p', 120) + "/" + new string('n', 90) + ".jpg";
        Assert.Equal(name, NameOf(Tars.Of(TarEntryFormat.Ustar, (name, "x"))[..512]));
    }

    [Theory]
    [InlineData(TarEntryType.Directory, "a/")]
    [InlineData(TarEntryType.SymbolicLink, "a")]
    [InlineData(TarEntryType.HardLink, "a")]
    [InlineData(TarEntryType.Fifo, "a")]
    public void Parse_OtherThanFile_HasNoBytes(TarEntryType type, string name)
    {
        var entry = new UstarTarEntry(type, name);
        if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = "b";
        Assert.Equal(new TarHeader(TarKind.Empty, 0), TarHeader.Parse(Tars.Of(entry)[..512]));
    }

    [Theory]
    [InlineData('\0', true)] // V7 tells folders by their names
    [InlineData('0', false)] // the beginning of a longer name
    [InlineData('7', false)]
    public void Parse_NameEndsInASlash_IsAFolderInV7Alone(char type, bool isFolder)
    {
        var block = Tars.Of("a.jpg")[..512];
        (block[5], block[156]) = ((byte)'/', (byte)type);
        Tars.MendChecksums(block);
        Assert.Equal(isFolder ? new TarHeader(TarKind.Empty, 0) : new TarHeader(TarKind.File, 5), TarHeader.Parse(block));
    }

    [Fact]
    public void Parse_Zeros_AreTheEnd() => Assert.Equal(TarKind.End, TarHeader.Parse(new byte[512]).Kind);

    [Fact]
    public void Parse_AnyBitFlipped_IsDamaged()
    {
        var block = Tars.Of("a.jpg")[..512];
        for (var bit = 0; bit < 512 * 8; bit++)
        {
            var damaged = (byte[])block.Clone();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            // Spaces and NULs around the digits of the checksum mean the same.
            if (bit / 8 is >= 148 and < 156 && TarHeader.Parse(damaged) == TarHeader.Parse(block)) continue;
            Assert.Equal(TarKind.Damaged, TarHeader.Parse(damaged).Kind);
        }
    }

    [Theory]
    [InlineData("00000000001\0", 1)]
    [InlineData("        17 \0", 15)]
    [InlineData("777777777777", 68719476735)]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0", 0)]
    public void Parse_OctalSizes_AreRead(string field, long size) => Assert.Equal(size, TarHeader.Parse(WithSize(Encoding.ASCII.GetBytes(field))).SizeBytes);

    [Fact]
    public void Parse_BinarySize_IsRead() =>
        Assert.Equal(0x0123456789ABCDEF, TarHeader.Parse(WithSize([0x80, 0, 0, 0, 0x01, 0x23, 0x45, 0x67, 0x89, 0xAB, 0xCD, 0xEF])).SizeBytes);

    [Theory]
    [InlineData(new byte[] { 0x80, 0, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0 })] // more than a long holds
    [InlineData(new byte[] { 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF })] // negative
    [InlineData(new byte[] { 0x2D, 0x31, 0x30, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // -10
    [InlineData(new byte[] { 0x39, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })] // 9 is not octal
    public void Parse_SizeThatIsNone_IsDamaged(byte[] field) => Assert.Equal(TarKind.Damaged, TarHeader.Parse(WithSize(field)).Kind);

    private static string NameOf(byte[] block)
    {
        Span<byte> name = stackalloc byte[TarHeader.MaxNameBytes];
        return Encoding.UTF8.GetString(name[..TarHeader.CopyName(block, name)]);
    }

    private static byte[] WithSize(byte[] field)
    {
        var block = Tars.Of("a.jpg")[..512];
        field.CopyTo(block, 124);
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }
}
