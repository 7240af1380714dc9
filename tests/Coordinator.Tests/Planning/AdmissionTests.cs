using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class AdmissionTests
{
    private const string OtherRun = "ffffffffffffffffffffffffffffffff";

    [Fact]
    public void Greeted_FirstNode_IsWelcomeAndTellsTheLengthOfTheRun()
    {
        var story = new Story(Story.TwoNodes with { Steps = null, Epochs = 2.5 }).Greet(1, Story.Hello("node-0"));

        Assert.Equal(new Welcome { Run = Story.Run, NodeIndex = 0, Epoch = 1 }, story.Single<RunEffect.SendWelcome>().Welcome);
        Assert.Equal(38, story.State.TotalSteps); // ceil(2.5 x floor(1000 / 64))
    }

    public static TheoryData<string, Action<Hello>, bool, string[]> Misfits => new()
    {
        { "recipe", h => h.RecipeHash = "other", false, ["recipe hash other", "differs", "same recipe"] },
        { "dataset", h => h.DatasetHash = "other", false, ["dataset", "node-0", "same files"] },
        { "samples", h => h.Samples = 999, false, ["999 images", "node-0's has 1000"] },
        { "fingerprint", h => h.KernelFingerprint = "gpu", false, ["'gpu'", "'cpu'", "Cluster:AllowMixed=true"] },
        { "name", h => h.Node = "node-0", true, ["node named node-0", "name of its own"] },
        { "nameless", h => h.Node = " ", false, ["no name"] },
        { "another run", h => (h.Run, h.Step) = (OtherRun, 5), true, [OtherRun, "--journal", "--adopt"] },
    };

    [Theory]
    [MemberData(nameof(Misfits), DisableDiscoveryEnumeration = true)]
    public void Greeted_NodeThatDoesNotFit_IsRejectedWithReasonAndRemedy(string what, Action<Hello> spoil, bool retry, string[] words)
    {
        var hello = Story.Hello("node-1");
        spoil(hello);

        var story = new Story().Greet(1, Story.Hello("node-0")).Greet(2, hello);

        Assert.All(words, word => Assert.Contains(word, story.Single<RunEffect.Reject>().Reason));
        Assert.True(story.State.Nodes.Length == 1, what);
        Assert.Equal((2, retry), (story.Single<RunEffect.Reject>().Session, story.Single<RunEffect.Reject>().Retry));
    }

    [Theory]
    [InlineData("other", "cpu", 1000, "differs from the run's")]
    [InlineData("dataset", "gpu", 1000, "the run's is 'cpu'")]
    [InlineData("dataset", "cpu", 999, "the run's has 1000")]
    public void Greeted_MisfitFirstAfterALossOfAll_IsStillRefused(string dataset, string fingerprint, long samples, string words)
    {
        var hello = Story.Hello("node-2");
        (hello.DatasetHash, hello.KernelFingerprint, hello.Samples) = (dataset, fingerprint, samples);

        var story = Story.Running().CommitTo(3).Lose(1).Lose(2).Greet(3, hello);

        Assert.Contains(words, story.Single<RunEffect.Reject>().Reason);
        Assert.Empty(story.State.Nodes);
    }

    [Fact]
    public void Greeted_MoreNodesThanMicrobatches_MayComeLater()
    {
        var story = Story.Running(8).Greet(9, Story.Hello("node-8"));

        Assert.Contains("8 nodes, one for each of its 8 microbatches", story.Single<RunEffect.Reject>().Reason);
        Assert.True(story.Single<RunEffect.Reject>().Retry);
    }

    [Fact]
    public void Greeted_FewerImagesThanABatch_IsRejected()
    {
        var hello = Story.Hello("node-0");
        hello.Samples = 63;

        Assert.Contains("fewer than one global batch of 64", new Story().Greet(1, hello).Single<RunEffect.Reject>().Reason);
    }

    [Fact]
    public void Greeted_AfterTheEnd_IsRejectedWithTheOutcome()
    {
        var story = Story.Running().Happens(new RunEvent.StopRequested("enough", AtOnce: true)).Greet(3, Story.Hello("node-2"));

        Assert.Contains("the run has ended (enough", story.Single<RunEffect.Reject>().Reason);
        Assert.False(story.Single<RunEffect.Reject>().Retry);
    }

    [Fact]
    public void Greeted_OtherFingerprintWithAllowMixed_IsWelcomeWithAWarning()
    {
        var hello = Story.Hello("node-1");
        hello.KernelFingerprint = "gpu";

        var story = new Story(Story.TwoNodes with { AllowMixed = true }).Greet(1, Story.Hello("node-0")).Greet(2, hello);

        Assert.Equal(1, story.Single<RunEffect.SendWelcome>().Welcome.NodeIndex);
        Assert.Contains("digests may differ", story.Single<RunEffect.Warn>().Message);
    }

    [Fact]
    public void Greeted_SameProcessAgain_ReplacesItsSessionBefore()
    {
        var story = Story.Running(3).Greet(9, Story.Hello("node-1"));

        Assert.Equal(9, story.Single<RunEffect.SendWelcome>().Session);
        Assert.Equal(2, story.Single<RunEffect.Reject>().Session);
        Assert.Equal(3, story.Single<RunEffect.SendWelcome>().Welcome.NodeIndex); // another number for every session
        Assert.Equal((3, 2), (story.State.Nodes.Length, story.State.Members.Count()));
    }

    [Theory]
    [InlineData(17, false)]
    [InlineData(19, true)] // half the timeout, and 3 s for a young process: it is more likely dead than a namesake
    public void Greeted_AnotherProcessOfTheName_IsWelcomeOnceTheFirstIsSilent(double silence, bool welcome)
    {
        var hello = Story.Hello("node-1");
        hello.Instance = "started again";

        var story = Story.Running().Passes(silence, 1).Greet(9, hello);

        Assert.Equal(welcome, story.All<RunEffect.SendWelcome>().Count == 1);
    }

    [Fact]
    public void Greeted_NodeThatHasSeenALaterStart_EndsThisCoordinator()
    {
        var hello = Story.Hello("node-2");
        (hello.Run, hello.Epoch) = (Story.Run, 2);

        var story = Story.Running().Greet(3, hello);

        Assert.Equal(Finish.Types.Outcome.Failed, story.Outcome!.Outcome);
        Assert.Contains("another coordinator has taken the run over", story.Outcome.Reason);
        Assert.Equal([(1, true), (2, true), (3, true)], story.All<RunEffect.Reject>().Select(reject => (reject.Session, reject.Retry))); // they dial the other one
        Assert.Empty(story.All<RunEffect.SendFinish>());
    }

    [Fact]
    public void Greeted_OfAnotherRunWithMayAdopt_BringsNothingOfTheRunBefore()
    {
        var story = new Story().From(state => state with { MayAdopt = true, WasComplete = true, CommittedSteps = 10 }).Greet(1, Belongs("node-0", OtherRun));

        Assert.Equal((OtherRun, 0, false), (story.State.Run, story.State.CommittedSteps, story.State.WasComplete));
    }

    [Fact]
    public void Greeted_OfAnotherRunWithMayAdopt_TakesTheRunOver()
    {
        var story = new Story().From(state => state with { MayAdopt = true }).Greet(1, Belongs("node-0", OtherRun));

        Assert.Equal(new Welcome { Run = OtherRun, NodeIndex = 0, Epoch = 5 }, story.Single<RunEffect.SendWelcome>().Welcome);
        Assert.Equal((OtherRun, 7L), (story.State.Run, story.State.SeenGeneration));
        // In the journal before anybody hears of it.
        Assert.Equal([typeof(RunEffect.Record), typeof(RunEffect.Record), typeof(RunEffect.SendWelcome), typeof(RunEffect.Warn)], story.Effects.Select(effect => effect.GetType()));

        story.Greet(2, Belongs("node-1", "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"));
        Assert.Contains("journal is of run " + OtherRun, story.Single<RunEffect.Reject>().Reason);
    }

    [Fact]
    public void Greeted_OfAnotherRunAfterOthers_SendsThoseBackForTheirNewRun()
    {
        var story = new Story().From(state => state with { MayAdopt = true }).Greet(1, Story.Hello("node-0")).Ready(1).Greet(2, Belongs("node-1", OtherRun));

        // node-0 was told another run's name: it must hear the new one, or it ignores every plan.
        Assert.Equal((1, true), (story.Single<RunEffect.Reject>().Session, story.Single<RunEffect.Reject>().Retry));
        Assert.Equal("node-1", Assert.Single(story.State.Nodes).Name);
        Assert.Equal(OtherRun, story.State.Run);
    }

    [Fact]
    public void Greeted_OfAnotherRunWhileOneIsRunning_IsRejectedThoughItMightHaveBeenAdopted()
    {
        var story = new Story().From(state => state with { MayAdopt = true }).Greet(1, Story.Hello("node-0")).Greet(2, Story.Hello("node-1")).Ready(1).Ready(2);

        story.Greet(3, Belongs("node-2", OtherRun));

        Assert.Contains(OtherRun, story.Single<RunEffect.Reject>().Reason);
        Assert.Equal(Story.Run, story.State.Run);
    }

    private static Hello Belongs(string node, string run)
    {
        var hello = Story.Hello(node, step: 3);
        (hello.Run, hello.Generation, hello.Epoch) = (run, 7, 4);
        return hello;
    }
}
