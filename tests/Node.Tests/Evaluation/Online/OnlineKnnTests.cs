using Lockstep.Models;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Node.Evaluation.Online;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;
using Lockstep.Node.Tests.Augment;
using Lockstep.Node.Tests.Data;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Online;

public sealed class OnlineKnnTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);
    private static readonly RunShape s_shape = new(Seed: 1, Samples: 64, GlobalBatch: 16, Microbatches: 8, TotalSteps: 8);

    private readonly DataFolder _folder = new();
    private readonly ManualResetEventSlim _inside = new(), _gate = new();
    private readonly LogLines _log = new();
    private readonly BackboneMethod _method = new();

    public void Dispose()
    {
        _inside.Dispose();
        _gate.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Finish_ReadsFail_AreTriedAgain()
    {
        var failures = 5;
        var source = Labelled(_ =>
        {
            if (failures-- > 0) throw new IOException("stale file handle");
        });
        using var state = State(s_shape.TotalSteps);
        using var knn = Knn(source, new ManualTime { Skips = true });
        await knn.FinishAsync(state).WaitAsync(s_limit, TestContext.Current.CancellationToken);
        var line = Assert.Single(KnnLog.Read(_folder.Path));
        Assert.Equal((8, 2, 12, 4), (line.Step, line.Epoch, line.Bank, line.Queries));
    }

    [Fact]
    public async Task Dispose_StorageHangs_LeavesTheThreadBehind_AndItGoesNoFurther()
    {
        var time = new ManualTime();
        using var state = State(step: 4);
        var knn = Knn(Hanging(), time);
        knn.After(state);
        Assert.True(_inside.Wait(s_limit, TestContext.Current.CancellationToken));
        var ending = Task.Run(knn.Dispose, TestContext.Current.CancellationToken);
        await LooksAsync(time);
        Assert.False(ending.IsCompleted); // a second is not over

        time.Advance(TimeSpan.FromSeconds(1));
        await ending.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.Contains("step 4 is left behind", Assert.Single(_log.Lines), StringComparison.Ordinal);
        knn.Dispose(); // once is enough

        _gate.Set(); // the storage answers
        Assert.True(SpinWait.SpinUntil(() => _method.Disposed, s_limit));
        Assert.Equal(0, _method.Calls);
        Assert.Single(_log.Lines);
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(60, 60)]
    public async Task Finish_StorageHangs_HasTheTrainingsPatience(double retrySeconds, double patience)
    {
        var time = new ManualTime();
        using var state = State(s_shape.TotalSteps);
        using var knn = Knn(Hanging(), time, retrySeconds);
        var finishing = knn.FinishAsync(state);
        Assert.True(_inside.Wait(s_limit, TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(patience - 0.1));
        await LooksAsync(time);
        Assert.False(finishing.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(0.1));
        await finishing.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.Contains("left behind", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Empty(KnnLog.Read(_folder.Path));
        _gate.Set();
        Assert.True(SpinWait.SpinUntil(() => _method.Disposed, s_limit));
    }

    [Fact]
    public async Task Dispose_EvaluationComputes_IsWaitedFor()
    {
        var time = new ManualTime();
        _method.OnCall = () =>
        {
            _inside.Set();
            _gate.Wait();
        };
        using var state = State(step: 4);
        var knn = Knn(Labelled(_ => { }), time);
        knn.After(state);
        Assert.True(_inside.Wait(s_limit, TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromHours(1));
        var ending = Task.Run(knn.Dispose, TestContext.Current.CancellationToken);
        Assert.NotSame(ending, await Task.WhenAny(ending, Task.Delay(TimeSpan.FromSeconds(0.5), TestContext.Current.CancellationToken))); // several looks

        _gate.Set();
        await ending.WaitAsync(s_limit, TestContext.Current.CancellationToken);
        Assert.True(_method.Disposed);
        Assert.Contains("given up", Assert.Single(_log.Lines), StringComparison.Ordinal);
    }

    // Until somebody has looked at the clock three times more.
    private static async Task LooksAsync(ManualTime time)
    {
        var before = time.Looks;
        await Task.Run(() => Assert.True(SpinWait.SpinUntil(() => time.Looks >= before + 3, s_limit)), TestContext.Current.CancellationToken);
    }

    private static MemorySource Labelled(Action<int> onRead) => new(16) { Classes = ["cat", "dog"], OnRead = onRead };

    private MemorySource Hanging() => Labelled(_ =>
    {
        _inside.Set();
        _gate.Wait();
    });

    private ReplicaState State(long step) => new(_method.State) { Step = step };

    private OnlineKnn Knn(MemorySource source, TimeProvider time, double retrySeconds = 60)
    {
        var recipe = Recipes.In(_folder.Path) with
        {
            Data = new DataOptions { ReadRetrySeconds = retrySeconds },
            Model = new ModelOptions { Arch = "vit", ImageSize = 8, PatchSize = 8, DropPath = 0, Dim = 8, Depth = 1, Heads = 1, MlpRatio = 1 },
            Augment = Plain,
            Evaluation = new EvaluationOptions { Neighbours = 3, Temperature = 0.07, BatchSize = 4, CropPct = 0.875 },
            Watch = new WatchOptions { KnnEveryEpochs = 1, HeldOut = 0.25 },
        };
        return new OnlineKnn(recipe, s_shape, _method, ComputeDevice.Cpu, KnnImages.Open(recipe, source, Assert.Fail)!, KnnLog.Open(_folder.Path, 0), () => false, time, CancellationToken.None, _log);
    }

    private static AugmentOptions Plain => PlainAugment.With(mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]);
}
