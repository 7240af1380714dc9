using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Tests.Weights.Pth;
using Lockstep.Models.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Weights.Torch;

/// <summary>What is exported here, PyTorch loads under the reference's names, strictly; what PyTorch saves of it comes back bit for bit.</summary>
public sealed class ExportInteropTests : IDisposable
{
    private const int ImageSize = 32;
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-torch-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Export_LoadedByPyTorchAndSavedAgain_ComesBackBitForBit()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        for (var i = 0; i < state.Layout.Sections.Count; i++) Fill(state[state.Layout.Sections[i].Name], i); // student and teacher differ
        var (backbone, full) = (Path.Combine(_folder, "backbone.safetensors"), Path.Combine(_folder, "full.safetensors"));
        Write(state, backbone, ExportFormat.Backbone, null);
        Write(state, full, ExportFormat.Dino, null);
        var output = await PythonTorch.RunAsync("torch", "check_export.py", backbone, full, _folder, $"{ImageSize}", "8", "48", "2", "3", "96", "32", "64");
        Assert.Contains("torch ", output);

        using (var saved = WeightsFile.Open(Path.Combine(_folder, "backbone.pth"))) Equal(state, ExportFormat.Backbone, saved);
        using (var saved = WeightsFile.Open(Path.Combine(_folder, "full.pth"))) Equal(state, ExportFormat.Dino, saved);

        // Two implementations of one network: tolerance as in VisionTransformerParityTests.
        using var scope = NewDisposeScope();
        using var features = WeightsFile.Open(Path.Combine(_folder, "features.pth"));
        using var extractor = method.CreateFeatureExtractor(state, DinoState.Teacher);
        var pixels = linspace(-2, 2, 3 * ImageSize * ImageSize, dtype: ScalarType.Float32).reshape(1, 3, ImageSize, ImageSize);
        Close.Assert(features.Read("features"), extractor.Features(pixels), 2e-6, "features");
    }

    [Theory]
    [InlineData("resnet50", "resnet50", 53)]
    [InlineData("resnet18", "resnet", 15)]
    public async Task ResNet_LoadedByTorchvision_ComputesTheSameAndComesBackBitForBit(string theirs, string ours, int norms)
    {
        const int Size = 64;
        var shape = ours == "resnet50" ? ResNetShape.ResNet50(Size) : ResNetShape.Small(Size, dim: 64, depth: 2);
        var recorder = new LayoutRecorder();
        using (shape.Build(recorder, NetworkWeights.Backbone, 0)) { }
        using var weights = new FlatBuffer(recorder.Layout);
        recorder.Initialize(weights, seed: 3);
        foreach (var entry in recorder.StatisticsLayout.Entries)
            foreach (ref var value in weights.SpanOf(entry.Name)) value += entry.Length % 7 / 16f; // not what they begin with
        var state = new StateLayout([(DinoState.Teacher, weights.Layout)]);
        var path = Path.Combine(_folder, "resnet.safetensors");
        using (var stream = File.Create(path))
        {
            SafetensorsWriter.Write(stream, ExportNames.Of(state, ExportFormat.Timm, null).Select(t =>
                new SafetensorsEntry(t.Name, t.Source.Shape, () => weights.SpanOf(t.Source.Name))));
        }
        await PythonTorch.RunAsync("torchvision", "check_resnet.py", theirs, path, _folder, $"{Size}");

        using (var saved = WeightsFile.Open(Path.Combine(_folder, "whole.pth")))
        {
            var network = NetworkWeights.Of(saved, "teacher");
            Assert.Equal(ours, BackboneWeights.NameOf(BackboneWeights.ShapeOf(network, new BackboneHints(ours))));
            var match = WeightsMatch.Of(network, weights.Layout.Entries).ThrowIfUnfit();
            Assert.Equal(2 + norms, match.Ignored.Count); // fc, and a counter for each batch norm
            using var read = new FlatBuffer(weights.Layout);
            match.LoadInto(read);
            Assert.Equal(weights.Span.ToArray(), read.Span.ToArray());
        }

        // Two implementations of one network: tolerance as in ResNetParityTests.
        using var scope = NewDisposeScope();
        using var features = WeightsFile.Open(Path.Combine(_folder, "features.pth"));
        using var extractor = shape.BuildExtractor(weights);
        var pixels = linspace(-2, 2, 3 * Size * Size, dtype: ScalarType.Float32).reshape(1, 3, Size, Size);
        Close.Assert(features.Read("features"), extractor.Features(pixels), 1e-5, "features");
    }

    private static void Fill(FlatBuffer buffer, int salt)
    {
        foreach (var entry in buffer.Layout.Entries)
        {
            var values = buffer.SpanOf(entry.Name);
            for (var i = 0; i < values.Length; i++) values[i] += MathF.Sin(i + salt) / 64;
        }
    }

    private static void Write(ReplicaState state, string path, ExportFormat format, string? section)
    {
        using var stream = File.Create(path);
        SafetensorsWriter.Write(stream, ExportNames.Of(state.Layout, format, section).Select(t =>
            new SafetensorsEntry(t.Name, t.Source.Shape, () => state[t.Section].SpanOf(t.Source.Name))));
    }

    private static void Equal(ReplicaState state, ExportFormat format, IWeightsFile file)
    {
        var tensors = ExportNames.Of(state.Layout, format, null);
        Assert.Equal(tensors.Select(t => t.Name).Order(StringComparer.Ordinal), file.Weights.Select(w => w.Name));
        foreach (var tensor in tensors) Assert.Equal(state[tensor.Section].SpanOf(tensor.Source.Name).ToArray(), file.Read(tensor.Name));
    }
}
