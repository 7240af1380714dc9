using System.Collections.Immutable;

namespace Lockstep.Models.Dino;

/// <summary>What the watch for collapse remembers of the steps so far.</summary>
/// <param name="Seen">For each sign: steps in a row that have shown it, or, with a minus, from which it was gone.</param>
/// <param name="Raised">Signs that were told and are not gone since.</param>
internal sealed record CollapseState(ImmutableDictionary<string, int> Seen, ImmutableHashSet<string> Raised)
{
    public static CollapseState Start { get; } = new(ImmutableDictionary<string, int>.Empty, []);
}
