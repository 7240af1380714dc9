using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Weights;

namespace Lockstep.Models.Tests.Weights;

public sealed class ExportNamesTests
{
    [Theory]
    [InlineData(ExportFormat.Dino, null, "student.module.backbone.cls_token", "teacher.head.last_layer.weight_v", "dino_loss.center")]
    [InlineData(ExportFormat.Dino, "teacher", "backbone.cls_token", "head.last_layer.weight_v")]
    [InlineData(ExportFormat.Dino, "student", "module.backbone.cls_token", "module.head.last_layer.weight_v")]
    [InlineData(ExportFormat.Timm, null, "cls_token", "blocks.1.attn.qkv.bias")]
    [InlineData(ExportFormat.Backbone, "student", "cls_token", "norm.weight")]
    public void Names_AreThoseOfTheFormat(ExportFormat format, string? section, params string[] expected)
    {
        var (_, state) = TinyRun.Start();
        using var _ = state;
        var tensors = ExportNames.Of(state.Layout, format, section);
        Assert.Superset(expected.ToHashSet(), tensors.Select(t => t.Name).ToHashSet());
        var network = state.Layout.Sections[0].Layout.Entries;
        var backbone = network.Count(e => e.Name.StartsWith(NetworkWeights.Backbone, StringComparison.Ordinal));
        Assert.Equal(format != ExportFormat.Dino ? backbone : section is null ? 2 * network.Count + 1 : network.Count, tensors.Count);
        Assert.All(tensors, t => Assert.Equal(section ?? (format == ExportFormat.Dino ? t.Section : "teacher"), t.Section));
    }

    [Fact]
    public void Backbone_NamesAndShapes_AreTheReferences()
    {
        using var golden = new Fixture("dino_vit"); // DINO's own state dict of this architecture
        var (_, state) = TinyRun.Start();
        using var _ = state;
        var tensors = ExportNames.Of(state.Layout, ExportFormat.Backbone, null);
        Assert.Equal(golden.Under("weights.").Order(StringComparer.Ordinal), tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        Assert.All(tensors, t => Assert.Equal(golden.Shape($"weights.{t.Name}"), t.Source.Shape));
    }

    [Theory]
    [InlineData(ExportFormat.Dino, null)]
    [InlineData(ExportFormat.Dino, "student")]
    [InlineData(ExportFormat.Dino, "teacher")]
    [InlineData(ExportFormat.Timm, "student")]
    [InlineData(ExportFormat.Backbone, "teacher")]
    public void Export_ReadBack_IsEqualBitForBit(ExportFormat format, string? section)
    {
        var (_, state) = TinyRun.Start();
        using var _ = state;
        state["student"].Tensor.mul_(1.5);
        state["student"].SpanOf("backbone.cls_token")[0] = BitConverter.UInt32BitsToSingle(0x7FC12345); // a NaN with a payload
        state["student"].SpanOf("backbone.cls_token")[1] = -0f;
        state["student"].SpanOf("backbone.cls_token")[2] = float.Epsilon;
        var stream = new MemoryStream();
        SafetensorsWriter.Write(stream, ExportNames.Of(state.Layout, format, section).Select(t => new SafetensorsEntry(t.Name, t.Source.Shape, () => state[t.Section].SpanOf(t.Source.Name))));
        using var file = WeightsFile.Open(stream, "export");
        foreach (var network in section is null ? ["student", "teacher"] : new[] { section })
        {
            var weights = NetworkWeights.Of(file, network);
            var wanted = state.Layout.Sections[0].Layout;
            var backbone = wanted.Entries.Where(e => format == ExportFormat.Dino || e.Name.StartsWith(NetworkWeights.Backbone, StringComparison.Ordinal)).ToList();
            using var read = new FlatBuffer(wanted);
            WeightsMatch.Of(weights, backbone).ThrowIfUnfit().LoadInto(read);
            foreach (var entry in backbone) Assert.Equal(Bits(state[network].SpanOf(entry.Name)), Bits(read.SpanOf(entry.Name)));
        }

        static uint[] Bits(Span<float> values) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, uint>(values).ToArray();
    }
}
