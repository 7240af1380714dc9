using Lockstep.Coordinator.Membership;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class AdmissionTests
{
    [Fact]
    public void Greeted_FirstNode_IsWelcomeAndTellsTheLengthOfTheRun()
    {
        var story = new Story(Story.TwoNodes with { Steps = null, Epochs = 2.5 }).Greet(1, Story.Hello("node-0"));

        Assert.Equal(0, story.Single<RunEffect.SendWelcome>().Welcome.NodeIndex);
        Assert.Equal(story.State.Run, story.Single<RunEffect.SendWelcome>().Welcome.Run);
        Assert.Equal(38, story.State.TotalSteps); // ceil(2.5 x floor(1000 / 64))
    }

    public static TheoryData<string, Action<Hello>, string[]> Misfits => new()
    {
        { "recipe", h => h.RecipeHash = "other", ["recipe hash other", "differs", "same recipe"] },
        { "dataset", h => h.DatasetHash = "other", ["dataset", "node-0", "same files"] },
        { "samples", h => h.Samples = 999, ["999 images", "node-0's has 1000"] },
        { "fingerprint", h => h.KernelFingerprint = "gpu", ["'gpu'", "'cpu'", "Cluster:AllowMixed=true"] },
        { "name", h => h.Node = "node-0", ["node named node-0", "name of its own"] },
        { "nameless", h => h.Node = " ", ["no name"] },
    };

    [Theory]
    [MemberData(nameof(Misfits), DisableDiscoveryEnumeration = true)]
    public void Greeted_NodeThatDoesNotFit_IsRejectedWithReasonAndRemedy(string what, Action<Hello> spoil, string[] words)
    {
        var hello = Story.Hello("node-1");
        spoil(hello);

        var story = new Story().Greet(1, Story.Hello("node-0")).Greet(2, hello);

        Assert.All(words, word => Assert.Contains(word, story.Single<RunEffect.Reject>().Reason));
        Assert.True(story.State.Nodes.Length == 1, what);
        Assert.Equal(2, story.Single<RunEffect.Reject>().Session);
    }

    [Fact]
    public void Greeted_OneNodeTooMany_IsRejected()
    {
        var story = Story.Running().Greet(3, Story.Hello("node-2"));

        Assert.Contains("already has the 2 nodes", story.Single<RunEffect.Reject>().Reason);
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
}
