using Lockstep.Coordinator.Journal;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>Full disks, failing syncs, power cuts in the middle of a compaction.</summary>
public sealed class JournalFaultTests
{
    private static readonly string Bulk = new('d', 100_000);
    private readonly List<string> _warnings = [];
    private readonly ManualTime _time = new();
    private readonly SimulatedDisk _disk = new(1);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void DiskFull_ThrowsUntilThereIsSpaceAndLosesNothing(bool durable, bool cutsFail)
    {
        using var journal = Open();
        journal.Append(Records.Step(0), durable: true);
        (_disk.Capacity, _disk.FailingCuts) = (_disk.Content.Length + 5, cutsFail);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            var error = Assert.Throws<JournalException>(() => journal.Append(Records.Step(1), durable));
            Assert.All([_disk.Name, "StepCommitted", "Nothing is lost", "Free space"], part => Assert.Contains(part, error.Message));
            Assert.Equal(1, journal.State.CommittedSteps);
        }
        Assert.Equal(1, Reread().CommittedSteps);
        _disk.Capacity = long.MaxValue;
        journal.Append(Records.Step(1), durable);

        Assert.Equal(2, journal.State.CommittedSteps);
        Assert.Equal(2, Reread().CommittedSteps);
    }

    [Fact]
    public void DiskFull_AtTheBeginning_IsAnErrorThatNamesTheFile()
    {
        _disk.Capacity = 3;
        Assert.Contains(_disk.Name, Assert.Throws<JournalException>(Open).Message);
    }

    [Fact]
    public void DiskFull_AtACompaction_WarnsAndGoesOnGrowing()
    {
        using var journal = Open();
        FillToTheLimit(journal);
        _disk.Capacity = _disk.Content.Length + 1000;

        journal.Append(Records.Step(90), durable: true);
        journal.Append(Records.Step(91), durable: true);

        Assert.Contains("could not be replaced", Assert.Single(_warnings));
        Assert.Equal(92, Reread().CommittedSteps);
    }

    [Fact]
    public void Syncs_OfRecordsNotDurable_AreOneForManyAndNoneForNothing()
    {
        using var journal = Open();
        var before = _disk.Syncs;
        for (var step = 0; step < 50; step++) journal.Append(Records.Step(step), durable: false);
        Assert.Equal(before, _disk.Syncs);

        for (var wait = 0; wait < 10; wait++) _time.Advance(FileJournal.SyncDelay);
        Assert.Equal(before + 1, _disk.Syncs);

        journal.Append(Records.Step(50), durable: false);
        journal.Append(Records.Step(51), durable: true);
        Assert.Equal(before + 2, _disk.Syncs);
        _time.Advance(FileJournal.SyncDelay);
        Assert.Equal(before + 2, _disk.Syncs);
    }

    [Fact]
    public void Sync_FailingInTheBackground_IsToldAtTheNextRecordAndTheFileWrittenAnew()
    {
        using var journal = Open();
        journal.Append(Records.Step(0), durable: false);
        _disk.FailingSyncs = 1;
        _time.Advance(FileJournal.SyncDelay);

        var error = Assert.Throws<JournalException>(() => journal.Append(Records.Step(1), durable: false));
        Assert.All([_disk.Name, "could not be synced", "Nothing is lost"], part => Assert.Contains(part, error.Message));
        var before = _disk.Replacements;
        journal.Append(Records.Step(1), durable: false);

        Assert.Equal(before + 1, _disk.Replacements);
        Assert.Equal(2, Reread().CommittedSteps);
    }

    [Fact]
    public void Sync_FailingForADurableRecord_LeavesItOutUntilItIsTriedAgain()
    {
        using var journal = Open();
        journal.Append(Records.Step(0), durable: true);
        _disk.FailingSyncs = 2;

        Assert.Throws<JournalException>(() => journal.Append(Records.Step(1), durable: true));
        Assert.Throws<JournalException>(() => journal.Append(Records.Step(1), durable: true));
        Assert.Equal(1, journal.State.CommittedSteps);
        journal.Append(Records.Step(1), durable: true);
        _disk.Restart();

        Assert.Equal(2, Reread().CommittedSteps);
    }

    [Fact]
    public void PowerCut_AtAnyPointOfACompaction_LosesNoDurableRecord()
    {
        var points = 0;
        for (var finished = false; !finished; points++)
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var disk = new SimulatedDisk(seed);
                var journal = FileJournal.Open(disk, _time, _warnings.Add);
                FillToTheLimit(journal);
                var before = journal.State;
                disk.PowerCutAt = points + 1;
                finished = TryAppend(journal, Records.Step(90));
                Assert.Equal(finished ? 2 : disk.Replacements, disk.Replacements);
                disk.Restart();

                using var again = FileJournal.Open(disk, _time, _warnings.Add);

                var after = before.Apply(Records.Step(90));
                Assert.True(
                    again.State.ToSnapshot().Equals(after.ToSnapshot()) || (!finished && again.State.ToSnapshot().Equals(before.ToSnapshot())),
                    $"point {points}, seed {seed}: {again.State.CommittedSteps} steps");
            }
        }
        Assert.InRange(points, 6, 20); // before and after replacement, its sync, the record and its sync
    }

    private static bool TryAppend(FileJournal journal, JournalRecord record)
    {
        try
        {
            journal.Append(record, durable: true);
            return true;
        }
        catch (PowerCutException)
        {
            return false;
        }
    }

    private static void FillToTheLimit(FileJournal journal)
    {
        for (var step = 0; step < 11; step++) journal.Append(Records.Step(step, Bulk), durable: true);
    }

    private FileJournal Open() => FileJournal.Open(_disk, _time, _warnings.Add);

    private JournalState Reread() => FileJournal.Open(SimulatedDisk.With(_disk.ReadAll()), _time, _ => { }).State;
}
