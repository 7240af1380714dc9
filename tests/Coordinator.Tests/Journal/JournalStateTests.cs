using Lockstep.Coordinator.Hosting;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Membership;
using Lockstep.Coordinator.Tests.Cluster;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Journal;

public sealed class JournalStateTests
{
    private static readonly JournalState Told = Tell(Records.Story);

    [Fact]
    public void Story_OfARun_IsWhatTheRecordsSay()
    {
        Assert.Equal(("r1", "recipe1", "data1"), (Told.Run, Told.RecipeHash, Told.DatasetHash));
        Assert.Equal((1, "host", 7), (Told.Epoch, Told.Host, Told.Process));
        Assert.Equal((2, 4, 100), (Told.Generation, Told.CommittedSteps, Told.TotalSteps));
        Assert.Equal(("d2", 2), (Told.Digest, Told.DigestStep));
        Assert.Equal(["node-0", "node-1"], Told.Members);
        Assert.Equal((1000, "cpu"), (Told.Samples, Told.KernelFingerprint));
        Assert.Equal((Finish.Types.Outcome.Stopped, "why"), (Told.Outcome, Told.Reason));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // it may go on with other machines
    public void Start_WithTheJournal_AsksForWhatTheNodesHadInCommon_UnlessTheRunHasEnded(bool hasEnded)
    {
        using var journal = new MemoryJournal();
        foreach (var record in hasEnded ? Records.Story : Records.Story[..^1]) journal.Append(record, durable: false);

        var state = RunStart.From(journal, TestCluster.Options with { RecipeHash = "recipe1" });

        Assert.Equal(hasEnded ? null : new RunStandard("data1", 1000, "cpu"), state.Standard);
    }

    [Fact]
    public void AllLeft_ForgetsTheMachines_AndNothingElse() =>
        Assert.Equal(Told with { KernelFingerprint = "" }, Told.Apply(new() { AllLeft = new() }));

    [Fact]
    public void Snapshot_OfAState_SaysTheSame()
    {
        var again = JournalState.Empty.Apply(Told.ToSnapshot());

        Assert.Equal(Told with { Members = again.Members }, again);
        Assert.Equal(Told.Members.AsEnumerable(), again.Members);
    }

    [Fact]
    public void Generation_AfterTheEnd_ResumesTheRun()
    {
        var resumed = Told.Apply(Records.Epoch(2)).Apply(Records.Generation(3, 4));

        Assert.Equal((Finish.Types.Outcome.Unspecified, ""), (resumed.Outcome, resumed.Reason));
        Assert.Equal((2, 4, "d2"), (resumed.Epoch, resumed.CommittedSteps, resumed.Digest));
    }

    [Fact]
    public void Generation_AheadOfTheMark_RaisesIt() => Assert.Equal(9, Told.Apply(Records.Generation(3, 9)).CommittedSteps);

    [Fact]
    public void Generation_FromAnOlderCheckpoint_LowersTheMarkAndForgetsTheLaterDigest()
    {
        var resumed = Told.Apply(Records.Generation(3, 1));

        Assert.Equal((1, "", 0), (resumed.CommittedSteps, resumed.Digest, resumed.DigestStep));
    }

    [Fact]
    public void Run_AnotherOne_StartsFromNothingButCountsOn()
    {
        var other = Told.Apply(Records.Run("r2", "recipe2"));

        Assert.Equal(new JournalState { Run = "r2", RecipeHash = "recipe2", Epoch = 1, Host = "host", Process = 7 }, other);
    }

    [Fact]
    public void Record_WithoutABody_IsMisuse() => Assert.Throws<ArgumentException>(() => JournalState.Empty.Apply(new()));

    [Theory]
    [InlineData("", "recipe2", false)]
    [InlineData("r1", "recipe1", false)]
    [InlineData("r1", "recipe2", true)]
    public void Rules_RecipeOfTheCoordinator_MustBeTheJournals(string run, string recipe, bool refused)
    {
        var state = run.Length == 0 ? JournalState.Empty : Told;

        var refusal = JournalRules.Refusal(state, recipe, "/runs/a");

        Assert.Equal(refused, refusal is not null);
        if (refused) Assert.All(["/runs/a", "recipe1", "recipe2", "another folder"], part => Assert.Contains(part, refusal));
    }

    private static JournalState Tell(IEnumerable<JournalRecord> records) => records.Aggregate(JournalState.Empty, (state, record) => state.Apply(record));
}
