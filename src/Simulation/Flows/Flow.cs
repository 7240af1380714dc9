namespace Lockstep.Simulation.Flows;

/// <summary>Something that sends now, and the rate that it has been given.</summary>
public class Flow(FlowPath path)
{
    public FlowPath Path => path;

    /// <summary>Bytes a second of one copy.</summary>
    public double Rate { get; internal set; }
}
