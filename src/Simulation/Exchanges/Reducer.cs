namespace Lockstep.Simulation.Exchanges;

/// <summary>Who sums. See each exchange for how.</summary>
public enum Reducer
{
    /// <summary>The coordinator owns every slice.</summary>
    Hub,

    /// <summary>Every node owns 1/n of the slices.</summary>
    Direct,

    /// <summary>Direct in groups, and between the owners of the groups.</summary>
    TwoLevel,

    /// <summary>Not Lockstep's: checks the simulation against the literature.</summary>
    Ring,
}
