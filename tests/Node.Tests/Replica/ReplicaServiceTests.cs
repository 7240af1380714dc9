using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Models.Replica;
using Lockstep.Node.Replica;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Xunit;

namespace Lockstep.Node.Tests.Replica;

/// <summary>State and teacher over real loopback gRPC.</summary>
public sealed class ReplicaServiceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task FetchState_GivesTheSameDigestAndStep()
    {
        await using var donor = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);
        var pieces = 0;

        var digest = await FetchAsync(copy, [donor], progress: () => pieces++);

        Assert.Equal((42, donor.State.Digest(), donor.State.Digest()), (copy.Step, copy.Digest(), digest));
        Assert.Equal(3, pieces); // two of the student, one of the teacher
    }

    [Fact]
    public async Task FetchState_OfAStepToCome_WaitsForIt()
    {
        await using var donor = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);

        var fetching = FetchAsync(copy, [donor], minStep: 43);
        await donor.Asked.WaitAsync(Limit);
        await donor.Gate.WithAsync(state => state.Step = 43, CancellationToken.None);
        await fetching;

        Assert.Equal(43, copy.Step);
    }

    [Fact]
    public async Task FetchState_WhileTheDonorFetchesItself_WaitsUntilItsStateIsWhole()
    {
        await using var donor = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);
        await donor.Gate.SetWholeAsync(false);

        var fetching = FetchAsync(copy, [donor]);
        await donor.Asked.WaitAsync(Limit);
        await donor.Gate.WithAsync(state => (state["student"].Span[0], state.Step) = (-1, 50), CancellationToken.None);
        await donor.Gate.SetWholeAsync(true);
        await fetching;

        Assert.Equal((50, -1f), (copy.Step, copy["student"].Span[0]));
    }

    [Fact]
    public async Task Gate_ChangeFailsHalfWay_NobodyReadsTheState()
    {
        await using var donor = await Donor.StartAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => donor.Gate.ChangeAsync<int>(state =>
        {
            state["student"].Span[0] = 7;
            throw new InvalidOperationException("no memory");
        }));
        Assert.False(donor.Gate.IsWhole);
        using var giveUp = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => donor.Gate.WhenAsync(0, state => state.Step, giveUp.Token));
    }

    [Fact]
    public async Task FetchState_DonorDies_TheNextOneGoesOnWhereItStopped()
    {
        await using var first = await Donor.StartAsync(chunks: 1);
        await using var second = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);
        var pieces = 0;

        await FetchAsync(copy, [first, second], progress: () => pieces++);

        Assert.Equal(second.State.Digest(), copy.Digest());
        Assert.Equal((42, "student", 1 << 18), (second.Requests[0].ResumeStep, second.Requests[0].ResumeSection, second.Requests[0].ResumeOffset));
        Assert.Equal(3, pieces); // nothing came twice
    }

    [Fact]
    public async Task FetchState_DonorDies_OneThatIsFurtherSendsAll()
    {
        await using var first = await Donor.StartAsync(chunks: 2);
        await using var second = await Donor.StartAsync(step: 43);
        using var copy = new ReplicaState(Donor.Layout);
        var pieces = 0;

        await FetchAsync(copy, [first, second], progress: () => pieces++);

        Assert.Equal((43, second.State.Digest()), (copy.Step, copy.Digest()));
        Assert.Equal(5, pieces);
    }

    [Fact]
    public async Task FetchState_WrongBits_AreFoundAndAskedOfTheNextFromTheStart()
    {
        await using var wrong = await Donor.StartAsync(spoils: true);
        await using var right = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);

        await FetchAsync(copy, [wrong, right]);

        Assert.Equal(right.State.Digest(), copy.Digest());
        Assert.Equal("", right.Requests[0].ResumeSection);
    }

    [Fact]
    public async Task FetchState_NobodyCan_TellsWhatEachAnswered()
    {
        await using var dying = await Donor.StartAsync(chunks: 0);
        await using var wrong = await Donor.StartAsync(spoils: true);
        using var copy = new ReplicaState(Donor.Layout);

        var error = await Assert.ThrowsAsync<IOException>(() => FetchAsync(copy, [dying, wrong]));

        Assert.All([dying.Address, "killed", wrong.Address, "digest"], word => Assert.Contains(word, error.Message));
    }

    [Fact]
    public async Task FetchTeacher_SendsTheTeacherAlone()
    {
        await using var donor = await Donor.StartAsync();
        using var channel = GrpcChannel.ForAddress(donor.Address);
        using var call = new Protos.Replica.ReplicaClient(channel).FetchTeacher(
            new FetchRequest { Run = Donor.Run, RecipeHash = Recipes.Hash }, deadline: DateTime.UtcNow.Add(Limit));
        var values = new List<float>();
        var digest = "";
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal(42, chunk.Step);
            if (chunk.Digest.Length > 0) digest = chunk.Digest;
            else Assert.Equal("teacher", chunk.Section);
            values.AddRange(MemoryMarshal.Cast<byte, float>(chunk.Data.Span));
        }
        Assert.Equal(donor.State["teacher"].Span.ToArray(), values);
        Assert.Equal(StateDigest.Of(donor.State["teacher"]), digest);
    }

    [Theory]
    [InlineData("another run", Recipes.Hash, "run")]
    [InlineData(Donor.Run, "another recipe", "recipe")]
    public async Task StrangersRequest_IsRefused(string run, string recipe, string word)
    {
        await using var donor = await Donor.StartAsync();
        using var copy = new ReplicaState(Donor.Layout);

        var error = await Assert.ThrowsAsync<IOException>(() => FetchAsync(copy, [donor], run, recipe));

        Assert.Contains(word, error.Message);
        Assert.Contains(donor.Address, error.Message);
    }

    [Fact]
    public async Task StateOfAnotherLayout_IsRefused()
    {
        await using var donor = await Donor.StartAsync();
        using var copy = new ReplicaState(new StateLayout([("student", new FlatLayout([("w", [3])])), ("teacher", new FlatLayout([("w", [3])]))]));

        await Assert.ThrowsAsync<IOException>(() => FetchAsync(copy, [donor]));
    }

    private static Task<string> FetchAsync(
        ReplicaState copy, Donor[] donors, string run = Donor.Run, string recipe = Recipes.Hash, long minStep = 0, Action? progress = null) =>
        StateFetch.RunAsync([.. donors.Select(donor => donor.Address)], run, recipe, minStep, copy, progress ?? (static () => { }), Identity.None, CancellationToken.None).WaitAsync(Limit);
}
