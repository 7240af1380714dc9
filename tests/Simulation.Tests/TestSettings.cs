using Lockstep.Simulation.Exchanges;

namespace Lockstep.Simulation.Tests;

internal static class TestSettings
{
    /// <summary>64 microbatches of a second, 4 MB to sum, no jitter, no faults.</summary>
    public static SimulationSettings Small { get; } = new()
    {
        GradientBytes = 4e6,
        SliceBytes = 1 << 20,
        Link = new(Bandwidth: 1e9, LatencySeconds: 1e-4, MessageSeconds: 0),
        Microbatches = 64,
        MicrobatchSeconds = 1,
        Jitter = 0,
        HalfFinalShare = null,
        ApplySeconds = 0,
        Reducer = Reducer.Direct,
        Group = 0,
        NodeMtbfSeconds = double.PositiveInfinity,
        DetectSeconds = 2,
        RestartSeconds = 0,
        StateBytes = 0,
        CheckpointSeconds = 1800,
        JobRestartSeconds = 120,
        Steps = 50,
        Losses = 2000,
        Seed = 0,
    };
}
