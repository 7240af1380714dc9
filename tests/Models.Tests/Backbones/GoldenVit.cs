using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Backbones;

/// <summary>A ViT with the golden weights of DINO's own; parameters that it lacks keep their initial values.</summary>
internal sealed class GoldenVit : IDisposable
{
    public GoldenVit(string prefix, VitShape shape)
    {
        var recorder = new LayoutRecorder();
        using (new VisionTransformer(recorder, prefix, shape)) { }
        (Weights, Gradients) = (new FlatBuffer(recorder.Layout), new FlatBuffer(recorder.Layout));
        recorder.Initialize(Weights, 1);
        foreach (var name in Golden.Under("weights.")) Golden.Values($"weights.{name}").CopyTo(Weights.SpanOf(prefix + name));
        Parameters = new ParameterBinder(Weights, Gradients);
        Network = new VisionTransformer(Parameters, prefix, shape);
    }

    public Fixture Golden { get; } = new("dino_vit");

    public FlatBuffer Weights { get; }

    public FlatBuffer Gradients { get; }

    public VisionTransformer Network { get; }

    private ParameterBinder Parameters { get; }

    public void Dispose()
    {
        Network.Dispose();
        Parameters.Dispose();
        Weights.Dispose();
        Gradients.Dispose();
        Golden.Dispose();
    }
}
