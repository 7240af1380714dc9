using Lockstep.Models;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Evaluation.Online;

/// <summary>A method of which only the backbone is used, whose features are the pixels.</summary>
internal sealed class BackboneMethod : IPretrainingMethod
{
    private int _calls;

    /// <summary>Called before each pass.</summary>
    public Action? OnCall { get; set; }

    /// <summary>Passes so far.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>The backbone is used no more.</summary>
    public bool Disposed { get; private set; }

    public string Name => "backbone";
    public IReadOnlyList<ViewSpec> Views => [];
    public StateLayout State { get; } = new([("teacher", new FlatLayout([("x", [4])]))]);
    public FlatLayout Contribution { get; } = new([("x", [1])]);

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) => new Backbone(this);

    public ILane CreateLane(ReplicaState state) => throw new NotSupportedException();

    public void Initialize(ReplicaState state) => throw new NotSupportedException();

    public StepReport Apply(ReplicaState state, FlatBuffer sum) => throw new NotSupportedException();

    private sealed class Backbone(BackboneMethod method) : IFeatureExtractor
    {
        public int ImageSize => 8;
        public int PatchSize => 8;
        public int Blocks => 0;

        public Tensor Features(Tensor images)
        {
            Interlocked.Increment(ref method._calls);
            method.OnCall?.Invoke();
            return images.flatten(1);
        }

        public Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean) => throw new NotSupportedException();

        public Tensor PatchFeatures(Tensor images) => throw new NotSupportedException();

        public Tensor Attention(Tensor images) => throw new NotSupportedException();

        public void Dispose() => method.Disposed = true;
    }
}
