namespace Lockstep.Benchmarks.Faults;

/// <summary>What is done to a cluster, in the order in which it is.</summary>
internal enum FaultKind
{
    /// <summary>kill -9, and started again at once.</summary>
    KillNode,

    /// <summary>SIGTERM, and started again when it has left.</summary>
    TerminateNode,

    /// <summary>Stands still for 0.3 s.</summary>
    ShortStop,

    /// <summary>kill -9, and started again at once with its journal.</summary>
    KillCoordinator,

    /// <summary>Stands still for 4 s: is given up meanwhile, and comes back.</summary>
    LongStop,
}
