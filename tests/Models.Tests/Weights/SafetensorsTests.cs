using System.Buffers.Binary;
using System.Text;
using Lockstep.Models.Weights;

namespace Lockstep.Models.Tests.Weights;

public sealed class SafetensorsTests
{
    [Fact]
    public void WriteAndRead_GiveTheSameTensorsAndMetadata()
    {
        var bytes = Write();
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);
        using var file = Open(bytes);
        Assert.Equal(["a.weight", "b", "scalar"], file.Tensors.Keys);
        Assert.Equal([2L, 3], file.Tensors["a.weight"].Shape);
        Assert.Equal("F32", file.Tensors["b"].Dtype);
        Assert.Equal([1f, 2, 3, 4, 5, 6], file.Read("a.weight"));
        Assert.Equal([-1f], file.Read("scalar"));
        Assert.Empty(file.Read("b"));
        Assert.Equal("step 7 \"ä\"", file.Metadata["about"]);
    }

    [Fact]
    public void Write_OtherOrder_GivesTheSameBytes() => Assert.Equal(Write(), Write(reverse: true));

    [Fact]
    public void Write_WrongLengthOrNameTwice_IsRejected()
    {
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(new MemoryStream(), [new("a", [2], () => new float[3])]));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(new MemoryStream(), [new("a", [1], () => new float[1]), new("a", [1], () => new float[1])]));
    }

    [Theory]
    [InlineData("F64", new byte[] { 0, 0, 0, 0, 0, 0, 0xF8, 0xBF }, -1.5f)]
    [InlineData("F16", new byte[] { 0x00, 0xBE }, -1.5f)]
    [InlineData("BF16", new byte[] { 0xC0, 0xBF }, -1.5f)]
    [InlineData("I64", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF }, -2f)]
    [InlineData("I32", new byte[] { 7, 0, 0, 0 }, 7f)]
    [InlineData("U32", new byte[] { 0xFE, 0xFF, 0xFF, 0xFF }, 4294967296f)]
    [InlineData("I16", new byte[] { 0xFE, 0xFF }, -2f)]
    [InlineData("I8", new byte[] { 0x80 }, -128f)]
    [InlineData("U8", new byte[] { 0x80 }, 128f)]
    [InlineData("BOOL", new byte[] { 1 }, 1f)]
    public void Read_OtherTypes_AreConverted(string dtype, byte[] data, float expected)
    {
        using var file = Open(File($$$"""{"x":{"dtype":"{{{dtype}}}","shape":[1],"data_offsets":[0,{{{data.Length}}}]}}""", data));
        Assert.Equal([expected], file.Read("x"));
    }

    [Fact]
    public void ReadInto_WrongNameSizeOrType_SaysWhich()
    {
        using var file = Open(Write());
        Assert.Contains("'zzz'", Assert.Throws<InvalidDataException>(() => file.Read("zzz")).Message);
        Assert.Contains("[2, 3]", Assert.Throws<InvalidDataException>(() => file.ReadInto("a.weight", new float[5])).Message);
        using var bytes = Open(File("""{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", [1]));
        Assert.Contains("F8_E4M3", Assert.Throws<InvalidDataException>(() => bytes.Read("x")).Message);
    }

    [Theory]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}""", 6, "overlap")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", 12, "gap")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "cut short")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "tail")]
    [InlineData("""{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "4 bytes for 2 values")]
    [InlineData("""{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "negative")]
    [InlineData("""{"x":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", 4, "bad header")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[-4,4]}}""", 4, "should begin at 0")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1]}}""", 4, "bad header")]
    [InlineData("""{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "bad header")]
    [InlineData("""{"x":{"dtype":5,"shape":[1],"data_offsets":[0,4]}}""", 4, "bad header")]
    [InlineData("""{"x":3}""", 0, "bad header")]
    [InlineData("""[1]""", 0, "bad header")]
    [InlineData("""{"x":{"dtype":"F32","sha""", 4, "bad header")]
    public void Open_DamagedHeader_NamesFileAndFault(string header, int dataBytes, string fault)
    {
        var message = Assert.Throws<InvalidDataException>(() => Open(File(header, new byte[dataBytes]))).Message;
        Assert.StartsWith("test.safetensors", message);
        Assert.Contains(fault, message);
    }

    [Fact]
    public void Open_HugeShortOrTruncated_NamesTheFault()
    {
        var bytes = Write();
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ulong.MaxValue);
        Assert.Contains("more than", Assert.Throws<InvalidDataException>(() => Open(bytes)).Message);
        Assert.Contains("too few", Assert.Throws<InvalidDataException>(() => Open([1, 2, 3])).Message);
        Assert.Contains("cut short", Assert.Throws<InvalidDataException>(() => Open(Write()[..40])).Message);
    }

    [Fact]
    public void Open_EveryTruncation_IsAnInvalidDataException()
    {
        var bytes = Write();
        for (var length = 0; length < bytes.Length; length++) Assert.Throws<InvalidDataException>(() => Open(bytes[..length]));
    }

    private static byte[] Write(bool reverse = false)
    {
        SafetensorsEntry[] entries =
        [
            new("scalar", [], () => new float[] { -1 }),
            new("a.weight", [2, 3], () => new float[] { 1, 2, 3, 4, 5, 6 }),
            new("b", [0, 4], () => []),
        ];
        if (reverse) Array.Reverse(entries);
        using var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, entries, new Dictionary<string, string> { ["about"] = "step 7 \"ä\"" });
        return stream.ToArray();
    }

    private static byte[] File(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. data];
    }

    private static SafetensorsFile Open(byte[] bytes) => SafetensorsFile.Open(new MemoryStream(bytes), "test.safetensors");
}
