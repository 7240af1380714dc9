using Lockstep.Models.Weights;
using Lockstep.Models.Weights.Pth;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>Files that a real PyTorch wrote. All values are exact in every type, so nothing is compared with a tolerance.</summary>
public sealed class PthFileTests
{
    private static readonly float[] Whole = PthFixture.Values(60, 40);

    [Theory]
    [InlineData("types2.pth")]
    [InlineData("types3.pth")]
    [InlineData("types4.pth")]
    [InlineData("types5.pth")]
    public void Read_EveryTypeAndProtocol_GivesTheValues(string name)
    {
        using var file = PthFixture.Open(name);
        (string Name, string Dtype)[] types =
        [
            ("float64", "F64"), ("float32", "F32"), ("float16", "F16"), ("bfloat16", "BF16"), ("int64", "I64"),
            ("int32", "I32"), ("int16", "I16"), ("int8", "I8"), ("uint8", "U8"), ("bool", "BOOL"),
        ];
        foreach (var ((type, dtype), number) in types.Select((t, i) => (t, i)))
        {
            var tensor = file.Weights.Single(w => w.Name == type);
            Assert.Equal(dtype, tensor.Dtype);
            Assert.Equal([2L, 3, 4], tensor.Shape);
            float Expected(int ramp) => dtype switch { "BOOL" => ramp % 2 == 0 ? 1 : 0, "U8" => ramp, ['I', ..] => ramp - 30, _ => (ramp - 30) / 4f };
            Assert.Equal(Enumerable.Range(0, 24).Select(i => Expected(PthFixture.Ramp(i, number))), file.Read(type));
        }
        Assert.Equal(PthFixture.Values(1, 20), file.Read("scalar"));
        Assert.Empty(file.Weights.Single(w => w.Name == "scalar").Shape);
        Assert.Empty(file.Read("empty"));
        Assert.Equal(PthFixture.Values(5, 21), file.Read("parameter"));
        Assert.DoesNotContain(file.Weights, w => w.Name == "size"); // a torch.Size is no tensor
        Assert.Contains("C64", Assert.Throws<InvalidDataException>(() => file.ReadInto("complex", new float[2])).Message);
    }

    [Fact]
    public void Read_ViewsOfOneStorage_FollowOffsetAndStrides()
    {
        using var file = PthFixture.Open("types2.pth");
        Assert.Equal(Whole, file.Read("whole"));
        Assert.Equal(From(10, 6, (r, c) => c * 10 + r), file.Read("transposed"));
        Assert.Equal(from a in Enumerable.Range(0, 5) from b in Enumerable.Range(0, 3) from c in Enumerable.Range(0, 4) select Whole[b * 20 + c * 5 + a], file.Read("permuted"));
        Assert.Equal(From(4, 3, (r, c) => (r + 1) * 10 + 2 + 3 * c), file.Read("sliced"));
        Assert.Equal(Whole[7..19], file.Read("narrow"));
        var half = PthFixture.Values(12, 22);
        Assert.Equal(from r in Enumerable.Range(0, 4) from c in Enumerable.Range(0, 3) select half[c * 4 + r], file.Read("half_transposed"));
        Assert.Equal(PthFixture.Values(48, 23), file.Read("channels_last")); // in the order of its sizes, whatever the memory's

        static IEnumerable<float> From(int rows, int columns, Func<int, int, int> index) =>
            from r in Enumerable.Range(0, rows) from c in Enumerable.Range(0, columns) select Whole[index(r, c)];
    }

    [Fact]
    public void Open_FullCheckpoint_NamesEveryTensorByItsPath()
    {
        using var file = PthFixture.Open("full_checkpoint.pth");
        Assert.Equal("PyTorch zip", file.Format);
        var names = file.Weights.Select(w => w.Name).ToList();
        Assert.Contains("student.module.backbone.blocks.1.attn.qkv.weight", names);
        Assert.Contains("teacher.head.last_layer.weight_g", names);
        Assert.Contains("optimizer.state.0.exp_avg", names);
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(PthFixture.Values(6, 3), file.Read("dino_loss.center"));
        Assert.Equal([1L, 6], file.Weights.Single(w => w.Name == "dino_loss.center").Shape);
        Assert.Equal(PthFixture.Values(12, 0), file.Read("student.module.backbone.cls_token"));
    }

    [Fact]
    public void Open_FormatBeforeTheZip_SaysHowToSaveItAgain()
    {
        var message = Assert.Throws<InvalidDataException>(() => PthFixture.Open("legacy.pth")).Message;
        Assert.Contains("legacy.pth", message);
        Assert.Contains("before 1.6", message);
        Assert.Contains("torch.save(torch.load(", message);
    }

    [Fact]
    public void ReadInto_WrongNameOrSize_SaysWhich()
    {
        using var file = PthFixture.Open("types2.pth");
        Assert.Contains("'nothing'", Assert.Throws<InvalidDataException>(() => file.ReadInto("nothing", new float[1])).Message);
        Assert.Contains("[2, 3, 4]", Assert.Throws<InvalidDataException>(() => file.ReadInto("float32", new float[5])).Message);
    }

    [Fact]
    public void Open_EveryTruncation_IsAnInvalidDataException()
    {
        var bytes = File.ReadAllBytes(PthFixture.PathOf("types4.pth"));
        for (var length = 0; length < bytes.Length; length += length < 300 || length > bytes.Length - 3000 ? 1 : 97)
            Assert.Throws<InvalidDataException>(() => WeightsFile.Open(new MemoryStream(bytes[..length]), "cut"));
    }

    [Fact]
    public void Read_LargeTensor_NeedsNoSecondCopy()
    {
        const int Count = 16 << 20; // 64 MiB
        var path = Path.GetTempFileName();
        try
        {
            var values = new byte[Count * sizeof(float)];
            File.WriteAllBytes(path, HandMadeZip.Pth(new PickleWriter().Dict("w", p => p.Tensor("0", Count, 0, [Count], [1])).Stop(), ("0", values)));
            var into = new float[Count];
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (var file = PthFile.Open(path)) file.ReadInto("w", into);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20); // buffers of a MiB
        }
        finally
        {
            File.Delete(path);
        }
    }
}
