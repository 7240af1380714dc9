namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>What can be done to a running cluster.</summary>
internal enum FaultKind
{
    /// <summary>kill -9 a node; it is started again.</summary>
    KillNode,

    /// <summary>SIGSTOP under half a second: nobody may notice.</summary>
    ShortStop,

    /// <summary>SIGSTOP for longer than the timeout, then SIGCONT: the node is evicted and comes back.</summary>
    LongStop,

    /// <summary>SIGTERM to a node, which leaves with status 0; it is started again.</summary>
    TerminateNode,

    /// <summary>kill -9 the coordinator; it is started again with its journal.</summary>
    KillCoordinator,

    /// <summary>kill -9 the coordinator in the middle of a write: the journal's last record is torn.</summary>
    TornJournal,

    /// <summary>A node's connections are cut and new ones refused.</summary>
    Partition,

    /// <summary>A node's connections stay open and carry nothing, in one direction or both.</summary>
    HalfOpen,

    /// <summary>A node's connection is slow.</summary>
    SlowLink,

    /// <summary>One bit of what a node sends or receives is flipped.</summary>
    CorruptByte,

    /// <summary>The connections of other nodes to a node are cut and new ones refused; it still hears the coordinator.</summary>
    PeerPartition,

    /// <summary>The connections of other nodes to a node stay open and carry nothing, in one direction or both.</summary>
    PeerHalfOpen,

    /// <summary>The connections of other nodes to a node are slow.</summary>
    PeerSlow,

    /// <summary>One bit between a node and the others is flipped.</summary>
    PeerCorrupt,

    /// <summary>A further node joins and leaves later.</summary>
    GuestJoins,

    /// <summary>All nodes but one are killed at once and started again.</summary>
    KillAllButOne,

    /// <summary>A node that was started again dies while it is given the state.</summary>
    KillJoiner,

    /// <summary>A node that was started again is given the state, and one of those that may give it dies.</summary>
    KillDonor,
}
