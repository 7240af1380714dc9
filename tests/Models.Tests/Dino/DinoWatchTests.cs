using Lockstep.Models.Dino;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using Lockstep.Models.Watch;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>Short runs that collapse, and one that does not, on eight images: a colour of its own each, under noise.</summary>
public sealed class DinoWatchTests
{
    private const int Patience = 20, Learnt = 104; // as docs/dino.md says: 100 steps and half of a ramp of 7

    [Fact]
    public void Run_WithoutSharpening_IsToldToBeUniform_OnceTheNetworkHasLearnt()
    {
        var told = Alarms(Learnt + Patience, dino => dino with { TeacherTemp = 0.5, WarmupTeacherTemp = 0.5 });
        Assert.Equal((Learnt + Patience - 1, "uniform"), Assert.Single(told, t => t.Kind == "uniform"));
    }

    [Fact]
    public void Run_WithoutCentring_IsToldToHaveOnePrototype()
    {
        var (step, kind) = Alarms(2 * Patience, dino => dino with { CenterMomentum = 1 })[0];
        Assert.Equal("one_prototype", kind);
        Assert.InRange(step, Patience - 1, 2 * Patience);
    }

    [Fact]
    public void Run_AsInThePaper_IsToldNothing() => Assert.Empty(Alarms(Learnt + Patience, dino => dino));

    [Theory]
    [InlineData(0, 100)]
    [InlineData(1, 104)] // of 7 steps: 103.5
    [InlineData(28, 198)] // 196: half of them
    [InlineData(29, 202)] // 203: after s of them s² / 406 = 100
    [InlineData(100, 375)] // 700: s² / 1400 = 100
    public void SignOfANewNetwork_CountsAfterAHundredSteps_OfTheFullRate(int warmupEpochs, long learntAt)
    {
        var (method, state) = TinyRun.Start(change: options => options with { Optim = options.Optim with { WarmupEpochs = warmupEpochs } });
        using var _ = state;
        using var mean = new FlatBuffer(method.Contribution);
        var (watch, step) = (method.CreateWatch(), 0L);
        while (step < 1000 && watch.Next(step, Uniform, mean).Alarms.Count == 0) step++;
        Assert.Equal(learntAt + Patience - 1, step);
    }

    [Fact]
    public void StepThatIsNotFinite_IsPassedOn()
    {
        var (method, state) = TinyRun.Start();
        using var _ = state;
        using var mean = new FlatBuffer(method.Contribution);
        var report = Uniform with { Finite = false, Alarms = [new Alarm("skipped", "")] };
        Assert.Same(report, method.CreateWatch().Next(0, report, mean));
    }

    private static StepReport Uniform => new(Math.Log(64), Finite: true, new Dictionary<string, double>
    {
        ["teacher_entropy"] = Math.Log(64),
        ["kl"] = 0,
        ["prototype_entropy"] = Math.Log(64),
        ["feature_std"] = 0.5,
    });

    // Steps of one rate, momentum and temperature: those of step 20.
    private static List<(long Step, string Kind)> Alarms(int steps, Func<DinoOptions, DinoOptions> change)
    {
        var (method, state) = TinyRun.Start(microbatch: 8, change: options => options with { Dino = change(options.Dino! with { LocalCropsNumber = 0 }) });
        using var _ = state;
        using var lane = method.CreateLane(state);
        var (watch, scheduled, told) = (method.CreateWatch(), method.Schedule.At(20), new List<(long, string)>());
        for (var step = 0L; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            using var sum = TinyRun.Sum(method, lane.Compute(Views(method, (ulong)step), 0));
            var report = method.Apply(state, sum, scheduled with { UpdateCount = step + 1, LastLayerUpdateCount = step + 1 });
            told.AddRange(watch.Next(step, report, sum).Alarms.Select(alarm => (step, alarm.Kind)));
        }
        return told;
    }

    private static Tensor[] Views(DinoMethod method, ulong key)
    {
        var colours = TinyRun.NoiseViews(method, 8, 1000)[0].slice(2, 0, 1, 1).slice(3, 0, 1, 1); // [8, 3, 1, 1]
        return [.. TinyRun.NoiseViews(method, 8, key).Select(noise => 0.5 * noise + colours)];
    }
}
