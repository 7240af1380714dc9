using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

/// <summary>Nodes that come and go while the run goes on.</summary>
public sealed class MembershipTests
{
    private static readonly RunSettings Long = Story.TwoNodes with { Steps = 100 };

    [Fact]
    public void Join_WhileRunning_ListensWithoutHoldingAnybodyUp()
    {
        var story = Story.Running().CommitTo(3).Prepare(1, 3).Join(3, Story.Hello("node-2"));

        Assert.Equal("node-0 0-3, node-1 4-7, node-2 listens", Story.Shares(story.Plan));
        Assert.Equal([1, 2, 3], story.All<RunEffect.SendPlan>().Select(send => send.Session).Order());
        Assert.Equal(["http://node-0:1", "http://node-1:1"], story.All<RunEffect.SendPlan>().Single(send => send.Session == 3).Plan.Donors);
        Assert.Equal(0, story.State.LostMicrobatches);

        story.Prepare(1, 3).Prepare(2, 3);
        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.Null(send.Commit.Next));
        Assert.Equal([1, 2, 3], story.All<RunEffect.SendCommit>().Select(send => send.Session)); // who listens hears of it
    }

    [Fact]
    public void Join_AlwaysALittleLate_ACommitWaitsForIt()
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).CommitTo(3).Prepare(3, 2).Prepare(1, 3).Prepare(2, 3);
        Assert.Empty(story.Effects);
        Assert.Empty(story.Later(0.3).Happens(new RunEvent.Tick()).Effects);

        story.Prepare(3, 3);

        Assert.Contains("node-2 caught up", story.Reason);
        Assert.Equal(3, story.Plan.Members.Count(member => !member.Listens));
    }

    [Fact]
    public void Join_MoreThanALittleLate_OneCommitInAHundredWaitsASecond()
    {
        var story = Story.Running(2, Story.TwoNodes with { Steps = 1000 }).Join(3, Story.Hello("node-2"));
        var waits = new List<long>();
        for (var step = 0L; step < 220; step++)
        {
            story.Prepare(1, step).Prepare(2, step);
            for (var began = story.Now; story.State.CommittedSteps == step; Assert.True(story.Now - began <= TimeSpan.FromSeconds(1)))
            {
                if (waits.LastOrDefault() != step) waits.Add(step);
                story.Later(0.25).Heard(1, "prepare").Heard(2, "prepare").Heard(3, "fetch", progress: step).Happens(new RunEvent.Tick());
            }
            story.Prepare(3, step); // too late
        }

        Assert.Equal([1, 101, 201], waits);
        Assert.Equal(3, story.State.Nodes.Length);
    }

    [Fact]
    public void Join_CaughtUp_IsAMemberFromTheNextBoundary()
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).CommitTo(2).Prepare(3, 2).Prepare(1, 2);
        Assert.Empty(story.Effects);

        story.Prepare(2, 2);

        Assert.Equal((3, 3), (story.Plan.Generation, story.Plan.FirstStep));
        Assert.Equal(3, story.Plan.Members.Count(member => !member.Listens));
        Assert.Equal(8, story.Plan.Members.Sum(member => member.Work.Count));
        Assert.Equal([3L, 3L, 3L], story.All<RunEffect.SendCommit>().Select(send => send.Commit.Next.Generation));
        Assert.Contains("node-2 caught up", story.Reason);
    }

    [Theory]
    [InlineData("other", 2L)]
    [InlineData("s", 1L)]
    public void Join_WithAnotherSumOrStep_IsNotTakenIn(string sum, long step)
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).CommitTo(2).Prepare(3, step, sum).CommitTo(3);

        Assert.Equal(NodeStage.Listening, story.State.Find(3)!.Stage);
        Assert.All(story.All<RunEffect.SendCommit>(), send => Assert.Null(send.Commit.Next));
    }

    [Fact]
    public void Join_WithAnotherState_IsToldToFetchItAgain()
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).CommitTo(2).Prepare(3, 2, "s", "other").CommitTo(3);

        Assert.Equal(NodeStage.Listening, story.State.Find(3)!.Stage);
        Assert.Equal([false, false, true], story.All<RunEffect.SendCommit>().Select(send => send.Commit.Next.DiscardState));
        Assert.Contains("node-2 caught up with another state than the others'", story.Reason);
    }

    [Fact]
    public void Join_NobodyServesItsState_Waits()
    {
        var story = new Story();
        foreach (var (session, name) in new[] { (1, "a"), (2, "b") })
        {
            var hello = Story.Hello(name);
            hello.ReplicaAddress = "";
            story.Greet(session, hello);
        }
        story.Ready(1).Ready(2).Join(3, Story.Hello("c"));

        Assert.Empty(story.Effects);
        Assert.Contains("c waits: no node serves a state", story.Reason);
    }

    [Fact]
    public void Join_OneThatIsAhead_WaitsUntilTheRunIsThere()
    {
        var story = Story.Running().CommitTo(2).Join(3, Story.Hello("node-2", step: 4));
        Assert.Empty(story.Effects);

        story.CommitTo(4);

        Assert.Equal("node-0 0-3, node-1 4-7, node-2 listens", Story.Shares(story.Plan));
        Assert.Equal(3, story.Single<RunEffect.SendPlan>().Session);
    }

    [Fact]
    public void Leave_OfAMember_HappensAtTheNextBoundary()
    {
        var story = Story.Running(3).Prepare(1, 0).Happens(new RunEvent.NodeLeave(2, "node-1 received SIGTERM"));
        Assert.Empty(story.Effects);

        story.Prepare(2, 0).Prepare(3, 0);

        var farewell = story.Single<RunEffect.SendFinish>();
        Assert.Equal((2, Finish.Types.Outcome.Left), (farewell.Session, farewell.Finish.Outcome));
        Assert.Contains("SIGTERM", farewell.Finish.Reason);
        Assert.Equal([1, 2, 3], story.All<RunEffect.SendCommit>().Select(send => send.Session)); // it applies its last step
        Assert.Null(story.All<RunEffect.SendCommit>().Single(send => send.Session == 2).Commit.Next);
        Assert.Equal("node-0 0-3, node-2 4-7", Story.Shares(story.Plan));
        Assert.Equal(0, story.State.LostMicrobatches);
        Assert.Empty(story.State.Faults);
    }

    [Fact]
    public void Leave_OfOneThatListens_IsAtOnceAndKeepsWhatTheOthersHold()
    {
        var story = Story.Running().Join(3, Story.Hello("node-2")).Happens(new RunEvent.NodeLeave(3, ""));

        Assert.Equal(3, story.Single<RunEffect.SendFinish>().Session);
        Assert.Equal("node-0 0-3, node-1 4-7", Story.Shares(story.Plan));
    }

    [Fact]
    public void Leave_OfAll_TheRunWaitsForNodes()
    {
        var story = Story.Running();
        story.Happens(new RunEvent.NodeLeave(1, "")).Happens(new RunEvent.NodeLeave(2, "")).CommitTo(1);

        Assert.Equal(2, story.All<RunEffect.SendFinish>().Count);
        Assert.Equal(RunPhase.Waiting, story.State.Phase);
        Assert.Empty(story.State.Nodes);
    }

    [Fact]
    public void Leave_OfAllInGoodOrder_MachinesOfAnotherKindMayGoOn_WithTheSameImages()
    {
        var story = Story.Running();
        story.Happens(new RunEvent.NodeLeave(1, "")).Happens(new RunEvent.NodeLeave(2, "")).CommitTo(1);
        Assert.Contains(story.All<RunEffect.Record>(), record => record.Entry.AllLeft is not null);

        story.Greet(3, Other("node-2", "dataset of another run"));
        Assert.Contains("dataset", story.Single<RunEffect.Reject>().Reason);
        story.Join(4, Other("node-0", "dataset")).Greet(5, Story.Hello("node-1", 1));
        Assert.Contains("'cpu', but the run's is 'gpu'", story.Single<RunEffect.Reject>().Reason);
        story.Join(6, Other("node-1", "dataset"));
        Assert.Equal((RunPhase.Running, "gpu"), (story.State.Phase, story.State.Standard!.KernelFingerprint));

        static Hello Other(string node, string dataset)
        {
            var hello = Story.Hello(node, 1);
            (hello.KernelFingerprint, hello.DatasetHash) = ("gpu", dataset);
            return hello;
        }
    }

    [Fact]
    public void Scribe_OneThatJoinsWithAnEarlierName_DoesNotReplaceIt()
    {
        var story = Story.Running().Join(3, Story.Hello("a-node"));
        Assert.Equal(0, story.Plan.ScribeIndex);

        story.Prepare(3, 0).Prepare(1, 0).Prepare(2, 0);
        Assert.Equal((0, "a-node"), (story.Plan.ScribeIndex, story.Plan.Members[0].Node));
    }

    [Fact]
    public void Scribe_Lost_WhoHasBeenHereLongestWrites()
    {
        var story = Story.Running().Join(3, Story.Hello("a-node")).Prepare(3, 0).Prepare(1, 0).Prepare(2, 0);

        story.Lose(1);

        Assert.Equal("node-1", story.Plan.Members.Single(member => member.NodeIndex == story.Plan.ScribeIndex).Node);
    }

    [Fact]
    public void Straggler_GetsLessAndIsNamedWithTheReason()
    {
        var story = Story.Running(settings: Long);
        for (var step = 0; step < 60 && story.State.Generation == 1; step++)
            story.Later(1).Prepare(1, step, computeSeconds: 0.4).Prepare(2, step, computeSeconds: 2.4);

        Assert.Equal("node-0 0-6, node-1 7", Story.Shares(story.Plan));
        var note = Assert.Single(story.State.Faults);
        Assert.Equal(("straggler", "node-1"), (note.Kind, note.Node));
        Assert.Contains("6.0 times slower", note.Text);
    }
}
