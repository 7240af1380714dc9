using Lockstep.Simulation.Faults;
using Lockstep.Simulation.Steps;

namespace Lockstep.Simulation.Tests.Faults;

public sealed class RunModelTests
{
    [Fact]
    public void Loss_CostsTheLostWorkSpreadOverTheSurvivors_AndWhatDetectionDelays()
    {
        // A step computes 16 s. The lost node's 16 microbatches are 6 more for each of three; detection, 2 s, delays only
        // losses in the last 2 s of computing: 2 * 2 / 2 / 16 on average.
        var run = Play(TestSettings.Small with { NodeMtbfSeconds = 1e7 }, 4);
        Assert.InRange(run.LostSeconds, 6.125 - 0.05, 6.125 + 0.05);
        Assert.InRange(1 - run.Goodput, 0.9 * 4e-7 * 6.125, 1.1 * 4e-7 * 6.125);
    }

    [Fact]
    public void LostNode_IsMissedUntilItIsBack()
    {
        var run = Play(TestSettings.Small with { NodeMtbfSeconds = 1e6, RestartSeconds = 1e5, Losses = 20_000 }, 16);
        Assert.InRange(run.MeanNodes, 0.98 * 16 / 1.1, 1.02 * 16 / 1.1);
        Assert.Equal(1e5, run.RejoinSeconds, 0);
    }

    [Fact]
    public void LargerState_TakesLongerToRejoin_AndOthersDoNotPause()
    {
        var settings = TestSettings.Small with { NodeMtbfSeconds = 1e6, StateBytes = 1e11 };
        Assert.InRange(Play(settings, 4).RejoinSeconds, 100, 101);
        Assert.InRange(Play(settings, 4).LostSeconds / Play(settings with { StateBytes = 0 }, 4).LostSeconds, 0.95, 1.05);
    }

    [Fact]
    public void NoFaults_LeaveAll() => Assert.Equal(new RunTime(1, 0, 0, 4), Play(TestSettings.Small, 4));

    [Fact]
    public void OneNode_LosesItsStepsSinceTheCheckpoint()
    {
        var run = Play(TestSettings.Small with { NodeMtbfSeconds = 1e6, RestartSeconds = 300 }, 1);
        Assert.InRange(run.LostSeconds, 300 + 900 + 0, 300 + 900 + 64);
        Assert.InRange(run.Goodput, 0.998, 0.9995);
    }

    [Fact]
    public void FaultsAtEveryStep_EndTheSimulationAndLeaveLittle()
    {
        var run = Play(TestSettings.Small with { NodeMtbfSeconds = 60, RestartSeconds = 30 }, 8);
        Assert.InRange(run.Goodput, 0, 0.6);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(32)]
    public void MoreFaults_NeverLeaveMore(int nodes)
    {
        var goodputs = new[] { 1e9, 1e6, 1e5, 1e4 }.Select(mtbf => Play(TestSettings.Small with { NodeMtbfSeconds = mtbf, RestartSeconds = 300 }, nodes).Goodput).ToList();
        Assert.Equal(goodputs.OrderDescending(), goodputs);
    }

    [Fact]
    public void Restart_FewFaults_LoseHalfAnIntervalAndTheRestartEach()
    {
        Assert.Equal(1 - 1e-6 * (120 + 900), RestartModel.Goodput(1e-6, 1800, 120), 6);
        Assert.Equal(1, RestartModel.Goodput(0, 1800, 120));
    }

    [Fact]
    public void Restart_AgreesWithWorkPlayedThrough()
    {
        // Stretches of T seconds; a fault in one begins it anew after R seconds without further faults.
        const double rate = 1 / 2000.0, interval = 1800, restart = 120;
        var (time, now, chance) = (0.0, 0, new Random(1));
        for (; now < 20_000; now++)
        {
            for (var need = interval; ; need = interval + restart)
            {
                var fault = -Math.Log(1 - chance.NextDouble()) / rate;
                if (fault >= need) { time += need; break; }
                time += fault;
            }
        }
        Assert.InRange(now * interval / time / RestartModel.Goodput(rate, interval, restart), 0.98, 1.02);
    }

    private static RunTime Play(SimulationSettings settings, int nodes) => new RunModel(settings, new StepModel(settings)).Play(nodes);
}
