using System.Formats.Tar;
using System.Text;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Shards;
using Xunit;

namespace Lockstep.Node.Tests.Data.Shards;

public sealed class TarScanTests
{
    private static readonly string s_long = string.Join('/', Enumerable.Range(0, 40).Select(i => $"a folder {i:D3}")) + "/ü.jpg";

    [Theory]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Next_LongNames_AreWhole(TarEntryFormat format) =>
        Assert.Equal([(s_long, "first"), ("b.jpg", "second")], Scan(Tars.Of(format, (s_long, "first"), ("b.jpg", "second"))));

    [Theory]
    [InlineData('L')] // GNU
    [InlineData('x')] // pax
    public void Next_LongNameWithASlashAtTheHundredthByte_IsAFile(char type)
    {
        var name = new string('f', 99) + "/1.jpg"; // the header has the first hundred bytes
        var before = type == 'L' ? [.. Block("././@LongLink", 'L', name.Length + 1), .. Padded(Encoding.ASCII.GetBytes(name + "\0"))] : Records($"115 path={name}\n");
        byte[] tar = [.. before, .. Block(name[..100], '0', 2), .. Padded("ok"u8.ToArray()), .. new byte[1024]];
        Assert.Equal([(name, "ok")], Scan(tar));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    [InlineData(700)] // not whole blocks
    [InlineData(1 << 20)]
    public void Next_ZerosBehindTheFirstZeroBlock_AreTheEnd(int zeros) =>
        Assert.Equal([("a.jpg", "a.jpg")], Scan([.. Tars.Of("a.jpg")[..1024], .. new byte[512 + zeros]]));

    [Theory]
    [InlineData(512)]
    [InlineData(1024)]
    [InlineData(100 * 512)]
    public void Next_FilesBehindTheEndMark_AreNotLostInSilence(int zeros)
    {
        byte[] joined = [.. Tars.Of("a.jpg")[..1024], .. new byte[zeros], .. Tars.Of("b.jpg")];
        Assert.Contains($"'x.tar' is damaged at byte {1024 + zeros:N0}: files follow the end mark", Assert.Throws<DataException>(() => Scan(joined)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_MoreZerosThanAnEndHas_AreDamage()
    {
        byte[] tar = [.. Tars.Of("a.jpg")[..1024], .. new byte[512 + (1 << 20) + 1], .. Tars.Of("b.jpg")];
        Assert.Contains("'x.tar' is damaged at byte 1,024: more than 1,048,576 zeros follow", Assert.Throws<DataException>(() => Scan(tar)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Gnu)]
    [InlineData(TarEntryFormat.Pax)]
    public void Next_OtherMembers_ArePassedOver(TarEntryFormat format)
    {
        var link = Tars.Entry(format, TarEntryType.SymbolicLink, "link.jpg");
        link.LinkName = "a.jpg";
        var tar = Tars.Of(Tars.Entry(format, TarEntryType.Directory, "cat/"), Tars.File(format, "cat/a.jpg", "one"), link, Tars.File(format, "cat/b.jpg", ""), Tars.File(format, "cat/c.jpg", new string('c', 1025)));
        Assert.Equal([("cat/a.jpg", "one"), ("cat/b.jpg", ""), ("cat/c.jpg", new string('c', 1025))], Scan(tar));
    }

    [Fact]
    public void Next_SizeInPax_IsTaken()
    {
        // 3 in the header, 700 in its record.
        byte[] tar = [.. Records("12 size=700\n"), .. Block("a.jpg", '0', 3), .. Padded(Enumerable.Repeat((byte)'x', 700)), .. new byte[1024]];
        Assert.Equal([("a.jpg", new string('x', 700))], Scan(tar));
    }

    [Fact]
    public void Next_FilesWithHoles_ArePassedOver()
    {
        var sparse = Block("s.jpg", 'S', 512);
        sparse[482] = 1; // a block of the map follows
        byte[] tar = [.. Sum(sparse), .. new byte[512], .. new byte[512],
            .. Records("22 GNU.sparse.major=1\n"), .. Block("t.jpg", '0', 5), .. Padded("holes"u8.ToArray()),
            .. Block("a.jpg", '0', 2), .. Padded("ok"u8.ToArray()), .. new byte[1024]];
        Assert.Equal([("a.jpg", "ok")], Scan(tar));
    }

    [Fact]
    public void Next_CutOffAnywhere_NamesShardAndPlace()
    {
        var tar = Tars.Of(Tars.File(TarEntryFormat.Pax, s_long, new string('x', 600)), Tars.File(TarEntryFormat.Gnu, s_long + "2.jpg", "y"));
        var whole = tar.Length - 1024; // without the end mark
        for (var length = 0; length <= whole; length += length % 512 == 0 ? 1 : 511)
        {
            var e = Assert.Throws<DataException>(() => Scan(tar[..length]));
            Assert.Contains("'x.tar' is cut off", e.Message, StringComparison.Ordinal);
            Assert.Contains($"{length:N0}", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Next_ChecksumWrong_NamesShardAndPlace()
    {
        var tar = Tars.Of("a.jpg", "b.jpg");
        tar[1024] ^= 1;
        var e = Assert.Throws<DataException>(() => Scan(tar));
        Assert.Contains("'x.tar' is damaged at byte 1,024", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0, 0, 0 }, "gzip")]
    [InlineData(new byte[] { 0x28, 0xb5, 0x2f, 0xfd, 1, 2, 3 }, "zstd")]
    [InlineData(new byte[] { 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0 }, "xz")]
    [InlineData(new byte[] { 0x42, 0x5a, 0x68, 0x39 }, "bzip2")]
    public void Next_Compressed_IsRefusedWithTheRemedy(byte[] start, string by) =>
        Assert.Contains($"compressed with {by}", Assert.Throws<DataException>(() => Scan(start)).Message, StringComparison.Ordinal);

    [Fact]
    public void Next_NoTar_SaysSo() =>
        Assert.Contains("no tar begins there", Assert.Throws<DataException>(() => Scan(Encoding.ASCII.GetBytes(new string('x', 2000)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData('L')]
    [InlineData('x')]
    [InlineData('0')]
    [InlineData('D')]
    public void Next_HugeAnnouncedLength_AllocatesNothingForIt(char type)
    {
        byte[] tar = [.. Block("a.jpg", type, 60_000_000_000), .. new byte[2048]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<DataException>(() => Scan(tar));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Next_RecordsLongerThanAnybodyWrites_AreRefused()
    {
        byte[] tar = [.. Block("a", 'x', 2 << 20), .. new byte[3 << 20]];
        Assert.Contains("announces 2,097,152 bytes", Assert.Throws<DataException>(() => Scan(tar)).Message, StringComparison.Ordinal);
    }

    private static List<(string Name, string Text)> Scan(byte[] tar)
    {
        var (scan, files) = (new TarScan(new MemoryStream(tar), "x.tar"), new List<(string, string)>());
        while (scan.Next()) files.Add((Encoding.UTF8.GetString(scan.Name), Encoding.UTF8.GetString(tar, (int)scan.DataOffset, (int)scan.SizeBytes)));
        return files;
    }

    private static byte[] Records(string text) => [.. Block("PaxHeader", 'x', text.Length), .. Padded(Encoding.UTF8.GetBytes(text))];

    private static byte[] Block(string name, char type, long size)
    {
        var block = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(12, '0')).CopyTo(block, 124);
        block[156] = (byte)type;
        return Sum(block);
    }

    private static byte[] Sum(byte[] block)
    {
        block.AsSpan(148, 8).Fill((byte)' ');
        Encoding.ASCII.GetBytes(Convert.ToString(block.Sum(b => b), 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }

    private static byte[] Padded(IEnumerable<byte> data)
    {
        byte[] bytes = [.. data];
        return [.. bytes, .. new byte[(512 - bytes.Length % 512) % 512]];
    }
}
