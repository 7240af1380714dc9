using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace Lockstep.World.Tests;

/// <summary>
/// Thousands of schedules of faults. A failing one is named by its seed: LOCKSTEP_WORLD_SEED=seed replays it and prints the
/// trace.
/// </summary>
public sealed class WorldTests
{
    private const int Few = 2_000, Many = 100_000;

    [Fact]
    public void Schedules_OfFaults_EndLikeARunWithoutAny()
    {
        var results = new ConcurrentBag<WorldResult>();
        Assert.Empty(FailuresOf(1, Few, Plant.None, results));
        Assert.Equal(Few, results.Count);

        // A schedule that does nothing finds nothing.
        var (generations, starts, fallbacks) = (results.Sum(r => r.Generations), results.Sum(r => r.Starts), results.Sum(r => r.Fallbacks));
        var (fetched, healed) = (results.Sum(r => r.Fetched), results.Sum(r => r.Healed));
        Assert.True(generations > 3 * Few && starts > Few * 5 / 4 && fallbacks > Few / 4 && fetched > Few / 2 && healed > Few / 40, $"the schedules are too kind: {generations} generations, {starts} starts, {fallbacks} steps committed again, {fetched} states fetched, {healed} healed");
    }

    [Fact]
    [Trait("Category", "Long")]
    public void ManySchedules_OfFaults_EndLikeARunWithoutAny() => Assert.Empty(FailuresOf(1_000_000, Many, Plant.None));

    [Fact]
    public void CommitBeforeAllArePrepared_Planted_IsFound() => Assert.NotEmpty(FailuresOf(1, Few, new Plant.HastyCommit()));

    [Fact]
    public void MissingFences_Planted_AreFound() => Assert.NotEmpty(FailuresOf(1, Few, new Plant.NoFences()));

    [Fact]
    public void SumInOrderOfArrival_Planted_IsFound() => Assert.NotEmpty(FailuresOf(1, Few, new Plant.ArrivalOrder()));

    [Fact]
    public void Schedule_RunTwice_IsTheSame()
    {
        for (var seed = 1UL; seed <= 20; seed++) Assert.Equal(Outcome(seed), Outcome(seed));

        static object Outcome(ulong seed)
        {
            try
            {
                return World.Run(seed);
            }
            catch (WorldViolation e)
            {
                return e.Message;
            }
        }
    }

    [Fact]
    public void Schedule_OfASeed_Replays()
    {
        if (Environment.GetEnvironmentVariable("LOCKSTEP_WORLD_SEED") is not { Length: > 0 } seed)
        {
            World.Run(1);
            return;
        }
        foreach (var line in World.TraceOf(ulong.Parse(seed, CultureInfo.InvariantCulture))) TestContext.Current.TestOutputHelper!.WriteLine(line);
    }

    // The first few failures, by seed.
    private static string[] FailuresOf(int first, int count, Plant plant, ConcurrentBag<WorldResult>? results = null)
    {
        const int Most = 5;
        var failures = new ConcurrentDictionary<int, string>();
        Parallel.For(first, first + count, (seed, loop) =>
        {
            try
            {
                var result = World.Run((ulong)seed, plant);
                results?.Add(result);
            }
            catch (WorldViolation e)
            {
                failures[seed] = e.Message;
                if (failures.Count >= Most) loop.Stop();
            }
        });
        return [.. failures.OrderBy(failure => failure.Key).Select(failure => failure.Value)];
    }
}
