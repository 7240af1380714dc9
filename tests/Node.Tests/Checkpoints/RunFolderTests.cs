using Lockstep.Node.Checkpoints;
using Xunit;

namespace Lockstep.Node.Tests.Checkpoints;

public sealed class RunFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-runfolder-").FullName;
    private readonly List<string> _warnings = [];

    [Fact]
    public async Task Take_LaterGenerationWhileTheScribeBeforeHolds_TakesItOver()
    {
        using var before = await TakeAsync(generation: 3);
        using var after = await TakeAsync(generation: 4);

        Assert.True(before.IsReplaced());
        Assert.False(after.IsReplaced());
    }

    [Fact]
    public async Task Use_OfTheReplacedScribe_DoesNotTakeItBack()
    {
        using var before = await TakeAsync(generation: 3);
        using var after = await TakeAsync(generation: 4);

        Assert.False(before.Use(5)); // it has to be taken again

        Assert.True(before.IsReplaced());
        Assert.False(after.IsReplaced());
    }

    [Fact]
    public async Task Use_LaterGeneration_KeepsOutOneOfTheOneBetween()
    {
        using var scribe = await TakeAsync(generation: 3);
        Assert.True(scribe.Use(5));

        await Assert.ThrowsAsync<CheckpointException>(() => TakeAsync(generation: 4));
        Assert.False(scribe.IsReplaced());
    }

    [Theory]
    [InlineData("run-a", 3)] // the same generation has one scribe
    [InlineData("run-a", 2)]
    [InlineData("run-b", 9)]
    public async Task Take_WhileAnotherHolds_IsRefusedWithTheRemedy(string run, long generation)
    {
        using var held = await TakeAsync(generation: 3);

        var error = await Assert.ThrowsAsync<CheckpointException>(() => TakeAsync(generation, run));

        Assert.All([_folder, "Run:Folder"], word => Assert.Contains(word, error.Message));
        Assert.False(held.IsReplaced());
    }

    [Fact]
    public async Task Take_WhileItWaitsForTheLockALaterOneComes_LeavesItToThat()
    {
        var before = await TakeAsync(generation: 1);
        var scribe = Path.Combine(_folder, RunFolder.ScribeFile);
        var waiting = RunFolder.TakeAsync(Recipes.In(_folder), "run-a", 2, "cpu", _warnings.Add).WaitAsync(TimeSpan.FromSeconds(30));
        File.WriteAllText(scribe, File.ReadAllText(scribe).Replace("\"generation\":1", "\"generation\":3", StringComparison.Ordinal));
        before.Dispose(); // now the lock is free for whoever waits

        Assert.Null(await waiting);
        Assert.Contains("\"generation\":3", File.ReadAllText(scribe));
    }

    [Fact]
    public async Task Newest_HoldsTheLockAsSoonAsTheOneBeforeLetsGo()
    {
        var before = await TakeAsync(generation: 1);
        using var newest = await TakeAsync(generation: 2);
        Assert.False(newest.IsAlone);
        Assert.False(newest.IsReplaced());

        before.Dispose();

        Assert.False(newest.IsReplaced()); // it looks now and then
        Assert.True(newest.IsAlone);
    }

    [Fact]
    public async Task Take_AfterTheScribeBeforeLetGo_AnyRunMay()
    {
        (await TakeAsync(generation: 3)).Dispose();

        using var other = await TakeAsync(generation: 1, run: "run-b");

        Assert.False(other.IsReplaced());
    }

    [Fact]
    public async Task Take_OnAnotherKindOfMachine_Warns()
    {
        (await TakeAsync(generation: 1)).Dispose();
        Assert.Empty(_warnings);

        (await RunFolder.TakeAsync(Recipes.In(_folder), "run-a", 2, "gpu", _warnings.Add))!.Dispose();

        Assert.Contains("'cpu', now it is on 'gpu'", Assert.Single(_warnings));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<RunFolder> TakeAsync(long generation, string run = "run-a") =>
        (await RunFolder.TakeAsync(Recipes.In(_folder), run, generation, "cpu", _warnings.Add).WaitAsync(TimeSpan.FromSeconds(30)))!;
}
