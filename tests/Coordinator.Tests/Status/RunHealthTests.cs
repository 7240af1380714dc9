using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Status;
using Lockstep.Coordinator.Tests.Planning;
using Xunit;

namespace Lockstep.Coordinator.Tests.Status;

public sealed class RunHealthTests
{
    [Fact]
    public void Ready_WaitingOrRunning_Is()
    {
        Assert.Null(RunHealth.Ready(new Story().State, handsOver: false));
        Assert.Null(RunHealth.Ready(Story.Running().State, handsOver: false));
    }

    [Fact]
    public void Ready_HandingOver_IsNot() => Assert.Equal("it hands over to its journal", RunHealth.Ready(Story.Running().State, handsOver: true));

    [Fact]
    public void Ready_AfterTheEnd_IsNot() => Assert.Contains("enough", RunHealth.Ready(Story.Running().Happens(new RunEvent.StopRequested("enough", AtOnce: true)).State, handsOver: false));

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, "it has decided nothing for 61 s")]
    public void Live_DecidesNothingForAMinute_IsNot(double seconds, string? fault) => Assert.Equal(fault, RunHealth.Live(TimeSpan.FromSeconds(seconds)));
}
