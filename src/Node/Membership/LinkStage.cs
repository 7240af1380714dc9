namespace Lockstep.Node.Membership;

/// <summary>Where a node's session with the coordinator is.</summary>
public enum LinkStage
{
    /// <summary>There is none; the node dials when the pause is over.</summary>
    Down,

    /// <summary>Hello is on its way.</summary>
    Dialling,

    /// <summary>Welcome.</summary>
    Up,
}
