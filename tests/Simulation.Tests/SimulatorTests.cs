namespace Lockstep.Simulation.Tests;

public sealed class SimulatorTests
{
    private static readonly SimulationSettings Settings = TestSettings.Small with { Jitter = 0.1, NodeMtbfSeconds = 1e5, RestartSeconds = 300, Reducer = null, Losses = 300 };

    [Theory]
    [InlineData(3)]
    [InlineData(32)]
    public void Predict_SameSeed_IsTheSame(int nodes)
    {
        Assert.Equal(new Simulator(Settings).Predict(nodes), new Simulator(Settings).Predict(nodes));
        Assert.NotEqual(new Simulator(Settings).Predict(nodes), new Simulator(Settings with { Seed = 1 }).Predict(nodes));
    }

    [Fact]
    public void Predict_OtherSizesBefore_ChangeNothing()
    {
        var simulator = new Simulator(Settings);
        foreach (var nodes in new[] { 64, 2, 9 }) simulator.Predict(nodes);
        Assert.Equal(new Simulator(Settings).Predict(32), simulator.Predict(32));
    }

    [Fact]
    public void Predict_MoreNodesThanMicrobatches_IsImpossible()
    {
        Assert.NotNull(new Simulator(Settings).Predict(64));
        Assert.Null(new Simulator(Settings).Predict(65));
    }

    [Fact]
    public void Predict_ManyFaults_LockstepKeepsMoreThanARestartFromCheckpoints()
    {
        var prediction = new Simulator(Settings with { NodeMtbfSeconds = 3e5 }).Predict(32)!;
        Assert.True(prediction.Run.Goodput > prediction.RestartGoodput + 0.05, $"{prediction}");
    }

    [Fact]
    public void Settings_WrongInManyWays_NameEachOfThem()
    {
        var wrong = Settings with { Microbatches = 48, Jitter = -1, HalfFinalShare = 1.5, Link = new(0, -1, double.NaN), GradientBytes = double.NaN, Group = 1, Steps = 0 };
        Assert.Equal(9, wrong.Problems().Count());
        Assert.Contains("power of two", Assert.Throws<ArgumentException>(() => new Simulator(wrong)).Message);
        Assert.Empty(Settings.Problems());
    }
}
