using Lockstep.Protos;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>Records as a run writes them.</summary>
internal static class Records
{
    public static JournalRecord Epoch(long epoch) => new() { EpochBegun = new() { Epoch = epoch, Host = "host", Process = 7 } };

    public static JournalRecord Run(string run = "r1", string recipe = "recipe1", string dataset = "") =>
        new() { RunBegun = new() { Run = run, RecipeHash = recipe, DatasetHash = dataset } };

    public static JournalRecord Generation(long generation, long firstStep) => new()
    {
        GenerationBegun = new() { Generation = generation, FirstStep = firstStep, TotalSteps = 100, Members = { "node-0", "node-1" }, DatasetHash = "data1", Samples = 1000, KernelFingerprint = "cpu" },
    };

    public static JournalRecord Step(long step, string digest = "") => new() { StepCommitted = new() { Step = step, StateDigest = digest } };

    public static JournalRecord Ended(Finish.Types.Outcome outcome) => new() { RunEnded = new() { Outcome = outcome, Reason = "why" } };

    /// <summary>A short run, one record of each kind at least.</summary>
    public static JournalRecord[] Story { get; } =
    [
        Epoch(1), Run(), Run(dataset: "data1"), Generation(1, 0), Step(0, "d0"), Step(1), Step(2, "d2"), Generation(2, 3), Step(3), Ended(Finish.Types.Outcome.Stopped),
    ];
}
