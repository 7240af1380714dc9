using Lockstep.Models.Weights.Pth;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>Pickles that no PyTorch would write: refused by name, and nothing of them is run.</summary>
public sealed class HostilePthTests
{
    private static readonly byte[] FourFloats = new byte[16];

    [Theory]
    [InlineData("posix", "system")]
    [InlineData("os", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch._utils", "_rebuild_qtensor")]
    [InlineData("torch", "QInt8Storage")]
    [InlineData("numpy.core.multiarray", "scalar")]
    [InlineData("collections", "OrderedDict.clear")]
    public void Name_ThatNoStateDictNeeds_IsRefusedByName_InEitherSpelling(string module, string name)
    {
        var marker = Path.Combine(Path.GetTempPath(), $"lockstep-{Guid.NewGuid():N}");
        byte[][] pickles =
        [
            new PickleWriter().Dict("w", p => p.Global(module, name).Text($"touch {marker}").Raw(0x85).Op('R')).Stop(),
            new PickleWriter(4).Dict("w", p => p.Text(module).Text(name).Raw(0x93).Text($"touch {marker}").Raw(0x85).Op('R')).Stop(),
        ];
        foreach (var pickle in pickles)
        {
            var message = Refusal(pickle);
            Assert.StartsWith("test.pth", message);
            Assert.Contains($"'{module}.{name}'", message);
            Assert.Contains("safetensors", message); // the remedy
        }
        Assert.False(File.Exists(marker));
    }

    [Theory]
    [InlineData(4, 0, new long[] { 5 }, new long[] { 1 }, "outside")]
    [InlineData(4, 1, new long[] { 4 }, new long[] { 1 }, "outside")]
    [InlineData(4, 4, new long[] { 1 }, new long[] { 1 }, "outside")]
    [InlineData(4, 5, new long[] { 0 }, new long[] { 1 }, "outside")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 3, 1 }, "outside")]
    [InlineData(4, -1, new long[] { 1 }, new long[] { 1 }, "negative")]
    [InlineData(4, 0, new long[] { -1 }, new long[] { 1 }, "negative")]
    [InlineData(4, 3, new long[] { 4 }, new long[] { -1 }, "negative")]
    [InlineData(4, 0, new long[] { 4 }, new long[] { 0 }, "overlap")]
    [InlineData(4, 0, new long[] { 1L << 40 }, new long[] { 0 }, "overlap")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 1, 1 }, "overlap")]
    [InlineData(4, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, "64 bits")]
    [InlineData(4, 0, new long[] { 2, 1L << 32 }, new long[] { 1, 1L << 32 }, "64 bits")]
    [InlineData(4, long.MaxValue, new long[] { 1 }, new long[] { 1 }, "64 bits")]
    [InlineData(4, 0, new long[] { 2 }, new long[] { long.MaxValue }, "64 bits")]
    [InlineData(4, 0, new long[] { 2, 2 }, new long[] { 1 }, "2 sizes and 1 strides")]
    [InlineData(5, 0, new long[] { 4 }, new long[] { 1 }, "16 bytes for 5 values")]
    [InlineData(3, 0, new long[] { 3 }, new long[] { 1 }, "16 bytes for 3 values")]
    [InlineData(-4, 0, new long[] { 4 }, new long[] { 1 }, "16 bytes for -4 values")]
    [InlineData(long.MaxValue, 0, new long[] { 4 }, new long[] { 1 }, "values of F32")]
    [InlineData((1L << 62) + 4, 0, new long[] { 4 }, new long[] { 1 }, "values of F32")]
    public void View_OutsideOfItsStorageOrOverItself_IsRefused(long stored, long offset, long[] sizes, long[] strides, string fault) =>
        Assert.Contains(fault, Refusal(new PickleWriter().Dict("w", p => p.Tensor("0", stored, offset, sizes, strides)).Stop()));

    [Fact]
    public void View_OfManyDimensionsOrWithLargerNumbersThan64Bits_IsRefused()
    {
        var many = Enumerable.Repeat(1L, 65).ToArray();
        Assert.Contains("65 sizes", Refusal(new PickleWriter().Dict("w", p => p.Tensor("0", 4, 0, many, many)).Stop()));
        var large = new PickleWriter().Dict("w", p => p.Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage("0", 4).Number(0)
            .Raw(0x8A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1).Raw(0x85).Numbers(1).Raw(0x89).Op('N').Op('t').Op('R'));
        Assert.Contains("no 64-bit number", Refusal(large.Stop()));
    }

    [Fact]
    public void Storage_MissingOrOfTwoTypes_IsRefused()
    {
        Assert.Contains("no storage '1'", Refusal(new PickleWriter().Dict("w", p => p.Tensor("1", 4, 0, [4], [1])).Stop()));
        Assert.Contains("no storage '../data.pkl'", Refusal(new PickleWriter().Dict("w", p => p.Tensor("../data.pkl", 4, 0, [4], [1])).Stop()));
        var twice = new PickleWriter().Op('}').Text("a").Tensor("0", 4, 0, [4], [1]).Op('s').Text("b").Tensor("0", 4, 0, [4], [1], "IntStorage").Op('s');
        Assert.Contains("two types", Refusal(twice.Stop()));
        Assert.Contains("refers to a storage", Refusal(new PickleWriter().Dict("w", p => p.Text("storage").Op('Q')).Stop()));
    }

    [Fact]
    public void Dicts_NestedDeepOrWithinThemselves_AreRefused()
    {
        var deep = new PickleWriter().Op('}');
        for (var i = 0; i < 50_000; i++) deep.Text("k").Op('}');
        for (var i = 0; i < 50_000; i++) deep.Op('s');
        Assert.Contains("nested", Refusal(deep.Stop()));
        Assert.Contains("nested", Refusal(new PickleWriter().Op('}').Raw((byte)'q', 0).Text("k").Raw((byte)'h', 0).Op('s').Stop()));
        var tuples = new PickleWriter().Op(')');
        for (var i = 0; i < 500_000; i++) tuples.Raw(0x85);
        Assert.Contains("no dict of tensors", Refusal(tuples.Stop()));
    }

    [Fact]
    public void Memo_Bomb_IsRefused()
    {
        // Twelve dicts, each of which holds the one before ten times: 10^12 entries.
        var bomb = new PickleWriter().Op('}').Text("dicts").Op('}').Raw((byte)'q', 0);
        for (byte level = 1; level <= 12; level++)
        {
            bomb.Op('}').Raw((byte)'q', level);
            for (var i = 0; i < 10; i++) bomb.Text($"{i}").Raw((byte)'h', (byte)(level - 1)).Op('s');
        }
        bomb.Raw([.. Enumerable.Repeat((byte)0x86, 12)]).Op('s'); // pairs of pairs of all dicts, which are left alone
        Assert.Contains("refer to one another", Refusal(bomb.Text("w").Raw((byte)'h', 12).Op('s').Stop()));
    }

    [Fact]
    public void Values_MoreThanAnyoneNeeds_AreRefused()
    {
        Assert.Contains("more than 1000000 values", Refusal(new PickleWriter().Raw([.. Enumerable.Repeat((byte)'}', 1_100_000)]).Stop()));
        Assert.Contains("more than 1000000 values", Refusal(new PickleWriter().Raw([.. Enumerable.Repeat((byte)'(', 1_100_000)]).Stop()));
        Assert.Contains("more than the", Refusal(new PickleWriter().Raw(new byte[17 << 20]).Stop()));
    }

    [Theory]
    [InlineData("8001", "protocol")]
    [InlineData("8006", "protocol")]
    [InlineData("2e", "protocol")]
    [InlineData("80022e", "ends with 0 values")]
    [InlineData("80027d7d2e", "ends with 2 values")]
    [InlineData("8002287d2e", "ends with 1 values")]
    [InlineData("80027d2e2e", "follow its end")]
    [InlineData("80027d", "ends in the middle")]
    [InlineData("800258ffffffff", "ends in the middle")]
    [InlineData("80028dffffffffffffffff", "ends in the middle")]
    [InlineData("8002636f730a", "ends in the middle")]
    [InlineData("800252", "stack is empty")]
    [InlineData("8002287d52", "stack is empty")]
    [InlineData("80027371", "stack is empty")]
    [InlineData("800275", "no mark")]
    [InlineData("80026800", "place 0 of its memo")]
    [InlineData("80027d4e4e4e8652", "cannot be called")]
    [InlineData("80027d284e75", "no value")]
    [InlineData("80025d4e4e73", "no dict")]
    [InlineData("80027d4e61", "no list")]
    [InlineData("80027d4e62", "sets the state")]
    [InlineData("80025801000000ff", "UTF-8")]
    [InlineData("800269", "0x69")]
    [InlineData("80028f", "0x8f")]
    [InlineData("800282ff", "0x82")]
    [InlineData("80024b012e", "no dict of tensors")]
    public void Pickle_Damaged_IsRefusedWithTheFault(string pickle, string fault) =>
        Assert.Contains(fault, Refusal(System.Convert.FromHexString(pickle)));

    [Fact]
    public void Names_DoubledLongOrNoText_AreRefused()
    {
        Assert.Contains("two tensors are named 'a.b'", Refusal(new PickleWriter().Op('}')
            .Text("a.b").Tensor("0", 4, 0, [4], [1]).Op('s').Text("a").Dict("b", p => p.Tensor("0", 4, 0, [4], [1])).Op('s').Stop()));
        Assert.Contains("longer than", Refusal(new PickleWriter().Dict(new string('n', 501), p => p.Op('}')).Stop()));
        Assert.Contains("neither text nor number", Refusal(new PickleWriter().Op('}').Op('N').Op('}').Op('s').Stop()));
    }

    [Fact]
    public void Calls_WithOtherArguments_AreRefused()
    {
        Assert.Contains("torch._utils._rebuild_tensor_v2 with other arguments", Refusal(new PickleWriter().Dict("w", p => p.Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R')).Stop()));
        Assert.Contains("collections.OrderedDict with other arguments", Refusal(new PickleWriter().Dict("w", p => p.Global("collections", "OrderedDict").Text("x").Raw(0x85).Op('R')).Stop()));
        Assert.Contains("torch.FloatStorage with other arguments", Refusal(new PickleWriter().Dict("w", p => p.Global("torch", "FloatStorage").Number(1L << 40).Raw(0x85).Op('R')).Stop()));
    }

    [Fact]
    public void TorchScriptAndBigEndian_AreNamed()
    {
        var pickle = new PickleWriter().Op('}').Stop();
        Assert.Contains("TorchScript", Refused(HandMadeZip.Write([new("m/data.pkl", pickle), new("m/constants.pkl", pickle)])));
        Assert.Contains("byte order is 'big'", Refused(HandMadeZip.Write([new("m/data.pkl", pickle), new("m/byteorder", "big"u8.ToArray())])));
        Assert.Contains("no data.pkl", Refused(HandMadeZip.Write([new("word/document.xml", [])])));
        Assert.Contains("more than one", Refused(HandMadeZip.Write([new("a/data.pkl", pickle), new("b/data.pkl", pickle)])));
    }

    [Fact]
    public void GoodFileMadeByHand_IsRead() // or the tests above would prove little
    {
        var values = new byte[16];
        BitConverter.TryWriteBytes(values.AsSpan(4), 2.5f);
        using var file = PthFile.Open(new MemoryStream(HandMadeZip.Pth(new PickleWriter().Dict("w", p => p.Tensor("0", 4, 0, [2, 2], [2, 1])).Stop(), ("0", values))), "test.pth");
        Assert.Equal([0f, 2.5f, 0, 0], file.Read("w"));
    }

    private static string Refusal(byte[] pickle) => Refused(HandMadeZip.Pth(pickle, ("0", FourFloats)));

    private static string Refused(byte[] file) => Assert.Throws<InvalidDataException>(() => PthFile.Open(new MemoryStream(file), "test.pth")).Message;
}
