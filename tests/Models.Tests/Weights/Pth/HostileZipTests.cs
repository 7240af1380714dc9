using System.IO.Compression;
using Lockstep.Models.Weights;
using Lockstep.Models.Weights.Pth;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>Zip files that torch.save would not write, zip bombs among them.</summary>
public sealed class HostileZipTests
{
    private static readonly byte[] Pickle = new PickleWriter().Dict("w", p => p.Tensor("0", 4, 0, [4], [1])).Stop();
    private static readonly HandMadeEntry Data = new("archive/data.pkl", Pickle), Storage = new("archive/data/0", new byte[16]);

    [Fact]
    public void ZipBomb_IsRefusedBeforeAnythingIsUnpacked()
    {
        using var bomb = new MemoryStream();
        using (var zip = new ZipArchive(bomb, ZipArchiveMode.Create, leaveOpen: true))
        {
            using (var pickle = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open()) pickle.Write(Pickle);
            using var zeros = zip.CreateEntry("archive/data/0", CompressionLevel.SmallestSize).Open();
            for (var i = 0; i < 64; i++) zeros.Write(new byte[1 << 20]);
        }
        Assert.InRange(bomb.Length, 1, 200_000); // 64 MiB of zeros
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("is compressed", Refused(bomb.ToArray()));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 << 20);
    }

    [Fact]
    public void Entry_ThatIsNotStoredAsItIs_IsRefused()
    {
        Assert.Contains("'archive/data/0' is compressed", Refused([Data, Storage with { Method = 8 }]));
        Assert.Contains("'archive/data/0' is compressed", Refused([Data, Storage with { Size = uint.MaxValue - 1 }]));
        Assert.Contains("'archive/data/0' is encrypted", Refused([Data, Storage with { Flags = 1 }]));
    }

    [Fact]
    public void Entry_OutsideOfTheFileOrOverAnother_IsRefused()
    {
        Assert.Contains("more than the file", Refused([Data, Storage with { Stored = 1 << 30, Size = 1 << 30 }]));
        Assert.Contains("outside of the file", Refused([Data, Storage with { HeaderAt = 1 << 30 }]));
        Assert.Contains("no entry begins at 7", Refused([Data, Storage with { HeaderAt = 7 }]));
        Assert.Contains("another name", Refused([Data, Storage with { HeaderAt = 0 }]));
        Assert.Contains("another name", Refused([Data, Storage with { LocalName = "archive/data/1" }]));
        Assert.Contains("overlap", Refused([Data with { Stored = (uint)Pickle.Length + 40, Size = (uint)Pickle.Length + 40 }, Storage]));
        Assert.Contains("two entries are named 'archive/data/0'", Refused([Data, Storage, Storage]));
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("archive/../../etc/passwd")]
    [InlineData("./archive/x")]
    [InlineData("archive//x")]
    [InlineData("archive/")]
    [InlineData("archive\\x")]
    [InlineData("archive/x\0y")]
    [InlineData("")]
    public void Entry_WithAnOddName_IsRefused(string name) => Assert.Contains("odd name", Refused([Data, Storage, new(name, [])]));

    [Fact]
    public void Entry_WhoseNameIsNoText_IsRefused() => Assert.Contains("no text", Refused([Data, Storage, new("archive/é", [])])); // Latin-1

    [Fact]
    public void Directory_ThatIsWrong_IsRefused()
    {
        Assert.Contains("2 entries, its end record says 3", Refused(HandMadeZip.Write([Data, Storage], count: 3)));
        var good = HandMadeZip.Write([Data, Storage]);
        Assert.Contains("cut short or has a tail", Refused([.. good, 0]));
        Assert.Contains("too few", Refused([.. "PK"u8, 1, 2]));
        Assert.Contains("directory", Refused(With(good, good.Length - 22 + 16, 5))); // another start
        Assert.Contains("directory", Refused(With(good, good.Length - 22 + 12, 0xFF))); // another size
        var zip64 = HandMadeZip.Write([Data, Storage], zip64: true);
        Assert.Contains("zip64", Refused(With(zip64, zip64.Length - 22 - 20 + 8, 1))); // the record is elsewhere
        Assert.Contains("zip64", Refused(With(zip64, zip64.Length - 22 - 20 - 56, 0))); // no record
        Assert.Contains("damaged", Refused(With(good, Start(good), 0)));
        static int Start(byte[] zip) => BitConverter.ToInt32(zip, zip.Length - 22 + 16);
    }

    [Fact]
    public void Contents_ThatDoNotFitTheirChecksum_AreRefused()
    {
        Assert.Contains("checksum of 'archive/data.pkl'", Refused([Data with { Checksum = 1 }, Storage]));
        using var file = PthFile.Open(new MemoryStream(HandMadeZip.Write([Data, Storage with { Checksum = 1 }])), "test.pth");
        Assert.Contains("checksum of 'archive/data/0'", Assert.Throws<InvalidDataException>(() => file.Read("w")).Message);
    }

    [Fact]
    public void LongNumbers_OfZip64_AreRead()
    {
        using var file = PthFile.Open(new MemoryStream(HandMadeZip.Write([Data with { IsLong = true }, Storage with { IsLong = true }], zip64: true)), "test.pth");
        Assert.Equal(new float[4], file.Read("w"));
    }

    [Fact]
    public void Checksum_OfAKnownText_IsTheKnownOne() // the check value of CRC-32 in every catalogue
    {
        Assert.Equal(0xCBF43926, Crc32.Append(0, "123456789"u8));
        Assert.Equal(0xCBF43926, Crc32.Append(Crc32.Append(0, "12345"u8), "6789"u8));
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("", "empty")]
    [InlineData("what is this, a text?", "neither format")]
    public void Open_OtherFiles_AreNamed(string text, string fault) =>
        Assert.Contains(fault, Assert.Throws<InvalidDataException>(() => WeightsFile.Open(new MemoryStream(System.Text.Encoding.ASCII.GetBytes(text)), "x")).Message);

    [Fact]
    public void Open_MissingFile_IsNamed() => Assert.Contains("'no/such.pth'", Assert.Throws<FileNotFoundException>(() => WeightsFile.Open("no/such.pth")).Message);

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    private static string Refused(IReadOnlyList<HandMadeEntry> entries) => Refused(HandMadeZip.Write(entries));

    private static string Refused(byte[] file) => Assert.Throws<InvalidDataException>(() => PthFile.Open(new MemoryStream(file), "test.pth")).Message;
}
