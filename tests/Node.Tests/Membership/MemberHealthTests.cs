using Lockstep.Node.Membership;
using Xunit;

namespace Lockstep.Node.Tests.Membership;

public sealed class MemberHealthTests
{
    [Fact]
    public void Ready_BeforeTheFirstDecision_HasNotBegun()
    {
        Assert.NotNull(MemberHealth.Startup(null));
        Assert.NotNull(MemberHealth.Ready(null));
        Assert.Null(MemberHealth.Startup(new NodeStory().State));
    }

    [Fact]
    public void Ready_WhileItDials_IsNot_AndItLives()
    {
        var dialling = new NodeStory().Happens(new NodeEvent.Tick());

        Assert.Equal("it is in no session with the coordinator", MemberHealth.Ready(dialling.State));
        Assert.Null(MemberHealth.Live(dialling.State, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Ready_WaitingForTheRunToBegin_Is() => Assert.Null(MemberHealth.Ready(NodeStory.Up().State));

    [Fact]
    public void Ready_AtWorkOrInABarrier_Is()
    {
        Assert.Null(MemberHealth.Ready(NodeStory.Reducing().State));
        Assert.Null(MemberHealth.Ready(NodeStory.Prepared().State));
    }

    [Fact]
    public void Ready_CoordinatorLost_IsNot_UntilItIsBack()
    {
        var story = NodeStory.Prepared().Lose();
        Assert.NotNull(MemberHealth.Ready(story.State));

        story.Passes(5).Welcome();
        Assert.Null(MemberHealth.Ready(story.State));
    }

    [Fact]
    public void Ready_Behind_IsNotBeforeItHasWork()
    {
        var story = NodeStory.Up().ListenPlan(1, 7);

        Assert.Equal("it fetches the state", MemberHealth.Ready(story.State));
        story.Happens(new NodeEvent.Fetched(7, "d7"));
        Assert.Equal("it catches up", MemberHealth.Ready(story.State));
    }

    [Fact]
    public void Ready_AskedToStop_IsNotFromThenOn()
    {
        var story = NodeStory.Reducing().Happens(new NodeEvent.LeaveRequested("node-0 was asked to stop"));

        Assert.Equal("node-0 was asked to stop", MemberHealth.Ready(story.State));
    }

    [Fact]
    public void Live_DecidesNothingForMinutes_IsNot() => Assert.Equal("it has decided nothing for 121 s", MemberHealth.Live(NodeStory.Up().State, TimeSpan.FromSeconds(121)));

    [Fact]
    public void Live_WritesItsLastCheckpointForMinutes_Is()
    {
        var story = NodeStory.Up().Happens(new NodeEvent.Finished(new() { Outcome = Protos.Finish.Types.Outcome.Stopped }));

        Assert.NotNull(story.Ending);
        Assert.Null(MemberHealth.Live(story.State, TimeSpan.FromMinutes(30)));
        Assert.NotNull(MemberHealth.Ready(story.State));
    }
}
