using Lockstep.Models;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Replica;

/// <summary>A method without a network: a lane contributes its microbatch's number and the sum of its pixels.</summary>
internal sealed class FakeMethod(IReadOnlyList<ViewSpec> views, Action<int>? halfWay = null) : IPretrainingMethod
{
    public const int Floats = 64;

    public string Name => "fake";
    public IReadOnlyList<ViewSpec> Views => views;
    public StateLayout State { get; } = new([("student", new FlatLayout([("x", [1])]))]);
    public FlatLayout Contribution { get; } = new([("x", [Floats])]);

    public ILane CreateLane(ReplicaState state) => new Lane(Contribution, halfWay);

    public void Initialize(ReplicaState state) => throw new NotSupportedException();

    public StepReport Apply(ReplicaState state, FlatBuffer sum) => throw new NotSupportedException();

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) => throw new NotSupportedException();

    private sealed class Lane(FlatLayout layout, Action<int>? halfWay) : ILane
    {
        private readonly FlatBuffer _contribution = new(layout);

        public FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null)
        {
            _contribution.Span.Fill(microbatch + 1);
            _contribution.Span[0] = views[0].sum().item<float>();
            sink?.Final(_contribution.Span, Floats / 2, Floats / 2);
            halfWay?.Invoke(microbatch);
            sink?.Final(_contribution.Span, 0, Floats / 2);
            return _contribution;
        }

        public void Dispose() => _contribution.Dispose();
    }
}
