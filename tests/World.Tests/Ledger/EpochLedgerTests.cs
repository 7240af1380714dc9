using Lockstep.Coordinator.Planning;
using Lockstep.Models;
using Lockstep.Node.Data.Order;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.World.Tests.Ledger;

/// <summary>
/// A whole epoch of ImageNet's size, without the images: who computes what is decided by the coordinator's own formulas,
/// which samples that are by each node's own order. In the middle the whole run is stopped and resumed from the step
/// number alone; later a node is lost inside a step, survivors take over what it had, and go on without it.
/// </summary>
public sealed class EpochLedgerTests
{
    private const int Samples = 1_281_167, ShardSamples = 1_251, GlobalBatch = 1024, Microbatches = 64;
    private const int StepsAnEpoch = Samples / GlobalBatch, Rest = Samples % GlobalBatch; // 1251 and 143

    public static TheoryData<int, string, LastBatch> Runs => new()
    {
        { 1, "permutation", LastBatch.Drop },
        { 3, "permutation", LastBatch.Carry },
        { 4, "permutation", LastBatch.Drop },
        { 1, "shards", LastBatch.Carry },
        { 3, "shards", LastBatch.Drop },
        { 4, "shards", LastBatch.Carry },
        { 8, "shards", LastBatch.Carry },
        { 8, "shards", LastBatch.Drop },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Epoch_WithAResumeAndALostNode_TakesEverySampleOnce(int nodes, string order, LastBatch lastBatch)
    {
        var shape = new RunShape(Seed: 12, Samples, GlobalBatch, Microbatches, TotalSteps: 10_000, lastBatch);
        var epochs = order == "shards"
            ? EpochOrder.Shards([.. Enumerable.Range(0, (Samples + ShardSamples - 1) / ShardSamples).Select(shard => (long)shard * ShardSamples)], shuffleShards: 8)
            : EpochOrder.Permutation;
        var ledger = new SampleLedger(Samples);

        // One step more than the epoch's whole ones: with carry it ends the epoch and begins the next.
        Run(shape, epochs, nodes, ledger, steps: StepsAnEpoch + 1, resumeAt: 500, loseAt: 800);

        if (lastBatch == LastBatch.Carry)
        {
            Assert.Equal((Samples, GlobalBatch - Rest), (ledger.CountOf(0), ledger.CountOf(1)));
            Assert.Empty(ledger.MissingOf(0));
        }
        else
        {
            Assert.Equal((Samples - Rest, GlobalBatch), (ledger.CountOf(0), ledger.CountOf(1)));
            Assert.Equal(Rest, ledger.MissingOf(0).Count());
        }
    }

    // The ledger is no formality: an order that is off by one place in one step is found.
    [Fact]
    public void Epoch_OfANodeThatIsAStepBehind_IsFound()
    {
        var shape = new RunShape(Seed: 12, Samples: 4096, GlobalBatch: 64, Microbatches: 8, TotalSteps: 64);
        var (ledger, node) = (new SampleLedger(4096), new LedgerNode(shape, EpochOrder.Permutation));
        var work = MicrobatchSet.Of(new MicrobatchBlock(0, 8));
        foreach (var step in new[] { 0, 1 })
        {
            node.Compute(step, work.Members);
            node.Commit(work, ledger);
        }
        node.Compute(1, work.Members);
        Assert.Throws<WorldViolation>(() => node.Commit(work, ledger));
    }

    private static void Run(RunShape shape, EpochOrder epochs, int nodes, SampleLedger ledger, long steps, long resumeAt, long loseAt)
    {
        var team = NewTeam(nodes);
        for (var step = 0L; step < steps; step++)
        {
            if (step == resumeAt) team = NewTeam(nodes);
            MicrobatchSet[] works = [.. Assignment.Ranges(shape.Microbatches, team.Count).Select(MicrobatchSet.Of)];
            if (step == loseAt) works = LoseOne(step, works);
            for (var i = 0; i < team.Count; i++) team[i].Compute(step, works[i].Except(team[i].Held).Members);
            for (var i = 0; i < team.Count; i++) team[i].Commit(works[i], ledger);
        }

        List<LedgerNode> NewTeam(int count) => [.. Enumerable.Range(0, count).Select(_ => new LedgerNode(shape, epochs))];

        // Everybody has computed half of its work, or all of it, when the second node (or the only one) dies with what it held.
        MicrobatchSet[] LoseOne(long step, MicrobatchSet[] works)
        {
            for (var i = 0; i < team.Count; i++) team[i].Compute(step, works[i].Members.Take(works[i].Count / (1 + i % 2)));
            if (team.Count == 1)
            {
                team = NewTeam(1); // it is started again
                return works;
            }
            team.RemoveAt(1);
            var shares = Recovery.Share(shape.Microbatches, [.. team.Select(node => node.Held)], secondsPerMicrobatch: null);
            for (var i = 0; i < team.Count; i++) team[i].Keep(shares[i]);
            return [.. shares];
        }
    }
}
