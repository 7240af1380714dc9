using Lockstep.Coordinator.Planning;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class StepBudgetTests
{
    [Theory]
    [InlineData(1, 103, 6)]
    [InlineData(2.5, 103, 15)]
    [InlineData(2.6, 103, 16)]
    public void TotalSteps_Drop_IsWholeStepsAnEpoch(double epochs, long samples, long steps) =>
        Assert.Equal(steps, StepBudget.TotalSteps(Story.TwoNodes with { Steps = null, Epochs = epochs, GlobalBatch = 16 }, samples));

    [Theory]
    [InlineData(1, 103, 6)]
    [InlineData(2.5, 103, 16)] // 257.5 images
    [InlineData(16, 103, 103)]
    [InlineData(4.35, 1600, 435)] // 434.99999999999994 in binary
    public void TotalSteps_Carry_IsWholeStepsInAllEpochsTogether(double epochs, long samples, long steps) =>
        Assert.Equal(steps, StepBudget.TotalSteps(Story.TwoNodes with { Steps = null, Epochs = epochs, GlobalBatch = 16, CarriesLastBatch = true }, samples));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TotalSteps_OfANodeThatTellsNonsense_IsNoFault(bool carries) =>
        Assert.True(StepBudget.TotalSteps(Story.TwoNodes with { Steps = null, Epochs = 1e9, GlobalBatch = 1, CarriesLastBatch = carries }, long.MaxValue) > 0);

    [Fact]
    public void TotalSteps_OfTheRecipe_GoBeforeEpochs() =>
        Assert.Equal(10, StepBudget.TotalSteps(Story.TwoNodes with { Epochs = 3 }, 1000));
}
