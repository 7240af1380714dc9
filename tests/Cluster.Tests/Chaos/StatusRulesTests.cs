using Lockstep.Protos;

namespace Lockstep.Cluster.Tests.Chaos;

public sealed class StatusRulesTests
{
    [Fact]
    public void Check_AnHonestHistory_HasNoViolation() => Assert.Empty(Broken(
        Status(1, 1, 10, computed: 80), Status(1, 1, 10, computed: 80), Status(1, 2, 11, computed: 90, lost: 2), Status(2, 2, 9, phase: "waiting"), Status(2, 3, 11, computed: 0), Status(2, 4, 20, computed: 75, lost: 3)));

    [Fact]
    public void Check_StepsTakenBack_IsNamed()
    {
        Assert.Contains("9 committed steps after 10", Broken(Status(1, 1, 10), Status(1, 1, 9)));
        Assert.Contains("8 steps are committed in epoch 2, and 9 were", Broken(Status(1, 1, 10), Status(2, 2, 8)));
        Assert.Contains("8 committed steps after 10", Broken(Status(1, 1, 10), Status(2, 1, 10, phase: "waiting"), Status(2, 2, 8)));
    }

    [Fact]
    public void Check_CommitThatReachedNoNode_MayBeTakenBackByTheNextCoordinatorOnly()
    {
        Assert.Empty(Broken(Status(1, 1, 10), Status(2, 1, 10, phase: "waiting"), Status(2, 2, 9)));
        Assert.Empty(Broken(Status(1, 1, 10), Status(2, 2, 9)));
        Assert.Contains("9 committed steps after 10", Broken(Status(1, 1, 10), Status(2, 1, 10, phase: "waiting"), Status(2, 1, 9, phase: "waiting")));
    }

    [Fact]
    public void Check_StepThatANodeHadApplied_MayNotBeMissing()
    {
        var rules = new StatusRules(microbatches: 8);
        rules.Check(Status(1, 1, 10));
        rules.NoteApplied(12);
        rules.Check(Status(2, 1, 10, phase: "waiting")); // it will hear of them
        Assert.Empty(rules.Violations);
        rules.Check(Status(2, 2, 11));
        Assert.Contains("11 steps are committed in epoch 2, and 12 were", Assert.Single(rules.Violations));
    }

    [Fact]
    public void Check_NumbersThatFall_AreNamed()
    {
        Assert.Contains("epoch 1 after 2", Broken(Status(2, 5, 10), Status(1, 5, 10)));
        Assert.Contains("generation 4 after 5", Broken(Status(1, 5, 10), Status(2, 4, 10)));
        Assert.Contains("run other after r", Broken(Status(1, 5, 10), Status(2, 5, 10, run: "other")));
    }

    [Fact]
    public void Check_MoreComputedThanLost_IsNamed()
    {
        Assert.Empty(Broken(Status(1, 1, 10, computed: 80), Status(1, 1, 20, computed: 171, lost: 3)));
        Assert.Contains("92 microbatches", Broken(Status(1, 1, 10, computed: 80), Status(1, 1, 20, computed: 172, lost: 3)));
    }

    private static string Broken(params RunStatus[] history)
    {
        var rules = new StatusRules(microbatches: 8);
        foreach (var status in history) rules.Check(status);
        return string.Join('\n', rules.Violations);
    }

    private static RunStatus Status(long epoch, long generation, long committed, string phase = "running", long computed = 0, long lost = 0, string run = "r") => new()
    {
        Run = run,
        Phase = phase,
        Epoch = epoch,
        Generation = generation,
        CommittedSteps = committed,
        ComputedMicrobatches = computed,
        LostMicrobatches = lost,
    };
}
