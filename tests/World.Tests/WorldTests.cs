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
    public void Schedules_OfFaults_EndLikeARunWithoutAny() => Assert.Empty(FailuresOf(1, Few, Plant.None));

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
        TestContext.Current.TestOutputHelper!.WriteLine($"{World.Run(ulong.Parse(seed, CultureInfo.InvariantCulture))}");
    }

    // The first few failures, by seed.
    private static string[] FailuresOf(int first, int count, Plant plant)
    {
        const int Most = 5;
        var failures = new ConcurrentDictionary<int, string>();
        Parallel.For(first, first + count, (seed, loop) =>
        {
            try
            {
                World.Run((ulong)seed, plant);
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
