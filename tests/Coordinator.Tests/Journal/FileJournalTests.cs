using Lockstep.Coordinator.Journal;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>The journal on a real disk.</summary>
public sealed class FileJournalTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-journal-").FullName;
    private readonly List<string> _warnings = [];

    private string Run => Path.Combine(_folder, "runs", "a");

    private string FileName => Path.Combine(Run, "coordinator.journal");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Records_AreThereAgainAfterReopening(bool durable)
    {
        JournalState told;
        using (var journal = Open())
        {
            foreach (var record in Records.Story) journal.Append(record, durable);
            told = journal.State;
        }
        using var again = Open();

        Assert.Equal(4, again.State.CommittedSteps);
        Assert.Equal(told.ToSnapshot(), again.State.ToSnapshot());
        Assert.Empty(_warnings);
    }

    // What a SIGKILL leaves is what others see in the file before anything is closed.
    [Fact]
    public void Record_NotDurable_SurvivesTheProcess()
    {
        using var journal = Open(new ManualTime());
        journal.Append(Records.Step(4), durable: false);
        var copy = Directory.CreateDirectory(Path.Combine(_folder, "copy")).FullName;
        File.Copy(FileName, Path.Combine(copy, "coordinator.journal"));

        using var other = FileJournal.Open(copy, TimeProvider.System, _warnings.Add);

        Assert.Equal(5, other.State.CommittedSteps);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void SecondCoordinator_OnTheSameFolder_IsRefusedUntilTheFirstHasEnded()
    {
        using (Open())
        {
            var error = Assert.Throws<JournalException>(() => Open());
            Assert.All([Run, "Another coordinator", "alive"], part => Assert.Contains(part, error.Message));
        }
        Open().Dispose();
    }

    [Fact]
    public void Folder_ThatCannotBe_IsNamed()
    {
        File.WriteAllText(Path.Combine(_folder, "runs"), "a file");
        Assert.Contains(Run, Assert.Throws<JournalException>(() => Open()).Message);
    }

    [Fact]
    public void File_BeyondTheLimit_BecomesASnapshotAndGoesOn()
    {
        JournalState told;
        using (var journal = Open())
        {
            foreach (var record in Records.Story) journal.Append(record, durable: false);
            var largest = 0L;
            var step = 4;
            for (long size = 0, before = -1; size > before; step++)
            {
                before = size;
                journal.Append(Records.Step(step, new string('d', 20_000)), durable: false);
                size = new FileInfo(FileName).Length;
                largest = Math.Max(largest, size);
            }
            Assert.InRange(largest, FileJournal.CompactBytes, FileJournal.CompactBytes + 25_000);
            Assert.InRange(new FileInfo(FileName).Length, 20_000, 50_000);
            journal.Append(Records.Step(step), durable: true);
            told = journal.State;
        }
        using var again = Open();

        Assert.Equal(told.ToSnapshot(), again.State.ToSnapshot());
        Assert.False(File.Exists($"{FileName}.new"));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Snapshot_HalfWrittenAtACrash_IsForgotten()
    {
        using (var journal = Open()) journal.Append(Records.Step(4), durable: true);
        File.WriteAllText($"{FileName}.new", "lockstep jour");

        using var again = Open();

        Assert.Equal(5, again.State.CommittedSteps);
        Assert.False(File.Exists($"{FileName}.new"));
    }

    [Fact]
    public async Task Record_NotDurable_IsSyncedWithoutAnyoneAsking()
    {
        var disk = new WatchedFile(DiskJournalFile.Open(Run));
        using var journal = FileJournal.Open(disk, TimeProvider.System, _warnings.Add);
        disk.Reset();

        journal.Append(Records.Step(4), durable: false);

        await disk.Synced.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Record_NotDurable_DoesNotWaitForASyncInFlight()
    {
        var disk = new WatchedFile(DiskJournalFile.Open(Run));
        var time = new ManualTime();
        using var journal = FileJournal.Open(disk, time, _warnings.Add);
        disk.Reset();
        disk.Hold();
        journal.Append(Records.Step(4), durable: false);
        var first = Task.Run(() => time.Advance(FileJournal.SyncDelay));
        await disk.Begun.WaitAsync(TimeSpan.FromSeconds(30));

        journal.Append(Records.Step(5), durable: false); // returns while the sync of step 4 hangs
        var second = Task.Run(() => time.Advance(FileJournal.SyncDelay));
        var durable = Task.Run(() => journal.Append(Records.Step(6), durable: true));

        Assert.False(durable.IsCompleted);
        disk.LetGo();
        await Task.WhenAll(first, second, durable).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(7, journal.State.CommittedSteps);
        Assert.Equal(1, disk.MostAtOnce);
    }

    [Fact]
    public void Memory_KeepsTheState()
    {
        using var journal = new MemoryJournal();
        foreach (var record in Records.Story) journal.Append(record, durable: true);
        Assert.Equal(4, journal.State.CommittedSteps);
    }

    private FileJournal Open(TimeProvider? time = null) => FileJournal.Open(Run, time ?? TimeProvider.System, _warnings.Add);
}
