using Lockstep.Models;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Replica;

/// <summary>A method without a network: a lane contributes its microbatch's number, the sum of its pixels, and their product.</summary>
/// <param name="views">Its views.</param>
/// <param name="halfWay">Called in the middle of a microbatch.</param>
/// <param name="run">Where a lane computes: now, or on a device.</param>
internal sealed class FakeMethod(IReadOnlyList<ViewSpec> views, Action<int>? halfWay = null, Action<Action>? run = null) : IPretrainingMethod
{
    public const int Floats = 64;

    public string Name => "fake";
    public IReadOnlyList<ViewSpec> Views => views;
    public StateLayout State { get; } = new([("student", new FlatLayout([("x", [1])]))]);
    public FlatLayout Contribution { get; } = new([("x", [Floats])]);

    public ILane CreateLane(ReplicaState state) => new Lane(Contribution, halfWay, run ?? (work => work()));

    public void Initialize(ReplicaState state) => throw new NotSupportedException();

    public StepReport Apply(ReplicaState state, FlatBuffer sum) => throw new NotSupportedException();

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) => throw new NotSupportedException();

    private sealed class Lane(FlatLayout layout, Action<int>? halfWay, Action<Action> run) : ILane
    {
        private readonly FlatBuffer _contribution = new(layout);

        public FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null)
        {
            run(() => Work(views, microbatch, sink));
            return _contribution;
        }

        private void Work(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink)
        {
            _contribution.Span.Fill(microbatch + 1);
            _contribution.Span[0] = views[0].sum().item<float>();
            _contribution.Span[1] = _contribution.Span[0] * (microbatch + 1);
            sink?.Final(_contribution.Span, Floats / 2, Floats / 2);
            halfWay?.Invoke(microbatch);
            sink?.Final(_contribution.Span, 0, Floats / 2);
        }

        public void Dispose() => _contribution.Dispose();
    }
}
