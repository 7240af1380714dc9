using Lockstep.Models.Backbones;
using Lockstep.Models.Chance;
using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Golden;

/// <summary>The configuration of the golden steps: ViT of width 48, 2 blocks, patch 8; 2 x 32 and 4 x 16 px crops; K = 64.</summary>
internal static partial class TinyRun
{
    public const int StepsPerEpoch = 7;

    public static RunShape Shape(int microbatches = 1, int microbatch = 3) => new(
        Seed: 5, Samples: StepsPerEpoch * microbatch * microbatches, GlobalBatch: microbatch * microbatches, microbatches, TotalSteps: 10 * StepsPerEpoch);

    /// <summary>A method and its fresh state.</summary>
    public static (DinoMethod Method, ReplicaState State) Start(
        int microbatches = 1, int microbatch = 3, double dropPath = 0, Func<MethodOptions, MethodOptions>? change = null, IBackboneShape? shape = null)
    {
        var run = Shape(microbatches, microbatch);
        var options = Options(run, dropPath);
        var method = new DinoMethod(change is null ? options : change(options), run, shape);
        var state = new ReplicaState(method.State);
        method.Initialize(state);
        return (method, state);
    }

    /// <summary>Views of noise, keyed so that every call with one key gives the same ones.</summary>
    public static Tensor[] NoiseViews(IPretrainingMethod method, int batch, ulong key) => [.. method.Views.Select((view, v) =>
    {
        var chance = new Philox(ChanceDomain.Samples, 1, key, 0, (ulong)v);
        var pixels = new float[batch * 3 * view.Size * view.Size];
        foreach (ref var pixel in pixels.AsSpan()) pixel = (float)chance.NextNormal();
        return tensor(pixels).reshape(batch, 3, view.Size, view.Size);
    })];

    /// <summary>The sum over microbatches in tree order, for M of 1 or 2.</summary>
    public static FlatBuffer Sum(IPretrainingMethod method, params FlatBuffer[] contributions)
    {
        var sum = new FlatBuffer(method.Contribution);
        sum.Tensor.copy_(contributions[0].Tensor);
        foreach (var contribution in contributions[1..]) sum.Tensor.add_(contribution.Tensor);
        return sum;
    }
}
