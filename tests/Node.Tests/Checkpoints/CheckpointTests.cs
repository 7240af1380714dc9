using System.Text.Json;
using Lockstep.Models.Replica;
using Lockstep.Node.Checkpoints;
using Xunit;

namespace Lockstep.Node.Tests.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private static readonly StateLayout Layout = new([
        ("student", new FlatLayout([("w", [3, 5]), ("b", [7])])),
        ("statistics", new FlatLayout([("center", [4])])),
    ]);

    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-checkpoint-").FullName;

    [Fact]
    public async Task Save_ThenLoad_GivesTheSameDigest()
    {
        using var state = State(step: 12);
        await SaveAsync(state, keep: 2);
        using var loaded = new ReplicaState(Layout);
        new CheckpointStore(_folder).Latest(Assert.Fail)!.LoadInto(loaded);
        Assert.Equal(12, loaded.Step);
        Assert.Equal(state.Digest(), loaded.Digest());
    }

    [Fact]
    public async Task Save_CopiesBeforeItReturns_LaterChangesDoNotShow()
    {
        using var state = State(step: 1);
        var digest = state.Digest();
        var writer = new CheckpointWriter(new CheckpointStore(_folder), Layout, keep: 1, Stays);
        await writer.SaveAsync(state, Manifest(1, digest));
        state["student"].Span.Fill(9);
        await writer.FlushAsync();
        using var loaded = new ReplicaState(Layout);
        new CheckpointStore(_folder).Latest(Assert.Fail)!.LoadInto(loaded); // checks the digest
        Assert.Equal(digest, loaded.Digest());
    }

    [Fact]
    public async Task Save_KeepsOnlyTheNewest()
    {
        using var state = State(step: 1);
        for (state.Step = 1; state.Step <= 4; state.Step++) await SaveAsync(state, keep: 2);
        Assert.Equal(["step-00000003", "step-00000004"],
            Directory.EnumerateDirectories(Path.Combine(_folder, "checkpoints")).Select(d => Path.GetFileName(d)).Order());
    }

    [Fact]
    public async Task Save_OldOneCannotBeRemoved_WarnsAndKeepsTheNewOne()
    {
        using var state = State(step: 1);
        await SaveAsync(state, keep: 1);
        // Something is where the old one would be moved to.
        var store = new CheckpointStore(_folder);
        var inTheWay = $"{store.FolderOf(1)}.{Environment.MachineName}-{Environment.ProcessId}-removed.writing";
        Directory.CreateDirectory(Path.Combine(inTheWay, "something"));
        var warnings = new List<string>();
        var writer = new CheckpointWriter(new CheckpointStore(_folder, warnings.Add), Layout, keep: 1, Stays);
        state.Step = 2;
        await writer.SaveAsync(state, Manifest(2, state.Digest()));
        await writer.FlushAsync();
        Assert.Equal(2, store.Latest(Assert.Fail)!.Manifest.Step);
        Assert.Contains("step-00000001", Assert.Single(warnings));
    }

    [Fact]
    public async Task Save_FoldersOfOthers_AreNeitherReadNorRemoved()
    {
        using var state = State(step: 1);
        await SaveAsync(state, keep: 1);
        var store = new CheckpointStore(_folder);
        var copy = Directory.CreateDirectory(store.FolderOf(9) + "-copy").FullName;
        for (state.Step = 2; state.Step <= 3; state.Step++) await SaveAsync(state, keep: 1);
        Assert.True(Directory.Exists(copy));
        Assert.Equal(3, store.Latest(Assert.Fail)!.Manifest.Step);
    }

    [Fact]
    public async Task Load_RemovedMeanwhile_SaysSo()
    {
        using var state = State(step: 1);
        await SaveAsync(state, keep: 1);
        var checkpoint = new CheckpointStore(_folder).Latest(Assert.Fail)!;
        using var loaded = new ReplicaState(Layout);
        Directory.Delete(checkpoint.Folder, recursive: true);
        Assert.Throws<CheckpointException>(() => checkpoint.LoadInto(loaded)); // not an IOException of no name
    }

    [Fact]
    public async Task FlippedBit_IsFoundByTheDigest()
    {
        using var state = State(step: 3);
        await SaveAsync(state, keep: 1);
        var checkpoint = new CheckpointStore(_folder).Latest(Assert.Fail)!;
        var path = Path.Combine(checkpoint.Folder, Checkpoint.StateFile);
        var bytes = await File.ReadAllBytesAsync(path);
        bytes[^1] ^= 0x40;
        await File.WriteAllBytesAsync(path, bytes);
        using var loaded = new ReplicaState(Layout);
        var error = Assert.Throws<CheckpointException>(() => checkpoint.LoadInto(loaded));
        Assert.Contains(Checkpoint.StateFile, error.Message);
        Assert.Contains("digest", error.Message);
    }

    [Theory]
    [InlineData(Checkpoint.StateFile)]
    [InlineData(Checkpoint.ManifestFile)]
    public async Task CutOffFile_IsPassedOver_ForTheOneBefore(string file)
    {
        using var state = State(step: 1);
        await SaveAsync(state, keep: 2);
        state.Step = 2;
        await SaveAsync(state, keep: 2);
        var newest = Path.Combine(new CheckpointStore(_folder).FolderOf(2), file);
        using (var stream = File.Open(newest, FileMode.Open)) stream.SetLength(stream.Length / 2);
        var reports = new List<string>();
        Assert.Equal(1, new CheckpointStore(_folder).Latest(reports.Add)!.Manifest.Step);
        Assert.Contains(file, Assert.Single(reports));
    }

    [Fact]
    public async Task Clear_UnfinishedFolderOfAKilledWriter_IsIgnoredAndRemoved()
    {
        var left = Directory.CreateDirectory(new CheckpointStore(_folder).FolderOf(7) + ".writing").FullName;
        Assert.Null(new CheckpointStore(_folder).Latest(Assert.Fail));
        using var state = State(step: 8);
        await SaveAsync(state, keep: 1);
        Assert.True(Directory.Exists(left)); // its writer may be alive
        new CheckpointStore(_folder).Clear(beyondStep: 8, isAlone: true);
        Assert.False(Directory.Exists(left));
        Assert.Equal(8, new CheckpointStore(_folder).Latest(Assert.Fail)!.Manifest.Step);
    }

    [Fact]
    public async Task Clear_CheckpointsBeyondTheStep_AreRemoved()
    {
        using var state = State(step: 1);
        await SaveAsync(state, keep: 2);
        state.Step = 2;
        await SaveAsync(state, keep: 2);
        new CheckpointStore(_folder).Clear(beyondStep: 1, isAlone: false);
        Assert.Equal(1, new CheckpointStore(_folder).Latest(Assert.Fail)!.Manifest.Step);
    }

    [Fact]
    public async Task FolderThatCannotBeWritten_IsNamed()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "checkpoints"), "in the way");
        using var state = State(step: 1);
        var error = await Assert.ThrowsAsync<CheckpointException>(() => SaveAsync(state, keep: 1));
        Assert.Contains(Path.Combine(_folder, "checkpoints"), error.Message);
    }

    [Fact]
    public async Task Save_FolderTakenOverMeanwhile_LeavesWhatIsThere()
    {
        using var state = State(step: 3);
        await SaveAsync(state, keep: 1);
        var replaced = false;
        var writer = new CheckpointWriter(new CheckpointStore(_folder), Layout, keep: 1, () => replaced);
        (state.Step, replaced) = (4, true);
        await writer.SaveAsync(state, Manifest(4, state.Digest()));
        await writer.FlushAsync();
        Assert.Equal(["step-00000003"], Directory.EnumerateDirectories(Path.Combine(_folder, "checkpoints")).Select(d => Path.GetFileName(d)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static bool Stays() => false;

    private static ReplicaState State(long step)
    {
        var state = new ReplicaState(Layout) { Step = step };
        foreach (var section in new[] { "student", "statistics" })
        {
            foreach (var entry in state[section].Layout.Entries)
            {
                var values = state[section].SpanOf(entry.Name);
                for (var i = 0; i < values.Length; i++) values[i] = 0.25f * i + entry.Offset;
            }
        }
        return state;
    }

    private static Func<long, CheckpointManifest> Manifest(long step, string digest) => size => new CheckpointManifest
    {
        Step = step,
        Epoch = 0,
        Digest = digest,
        Run = "run",
        RecipeHash = "recipe",
        DatasetHash = "dataset",
        Samples = 10,
        SizeBytes = size,
        Written = DateTimeOffset.UnixEpoch,
        Recipe = JsonDocument.Parse("{}").RootElement,
    };

    private async Task SaveAsync(ReplicaState state, int keep)
    {
        var writer = new CheckpointWriter(new CheckpointStore(_folder), Layout, keep, Stays);
        await writer.SaveAsync(state, Manifest(state.Step, state.Digest()));
        await writer.FlushAsync();
    }
}
