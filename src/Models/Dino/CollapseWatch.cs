using Lockstep.Models.Watch;

namespace Lockstep.Models.Dino;

/// <summary>
/// Tells collapse while there is still something to save: reports in, alarms out. A sign is told when enough steps in a row have
/// shown it, once, and again only after it was gone for as many. The same reports give the same alarms on every node.
/// </summary>
internal static class CollapseWatch
{
    /// <summary>Steps in a row that make a sign: one batch may be odd, twenty are not.</summary>
    public const int Patience = 20;

    /// <summary>Steps at the full learning rate, or more at less, after which a network no longer looks like a new one.</summary>
    public const double Learnt = 100;

    /// <summary>What follows from a step.</summary>
    /// <param name="state">From the steps before.</param>
    /// <param name="numbers">The step's.</param>
    /// <param name="hasLearnt">Whether signs count that a new network shows as well.</param>
    public static (CollapseState State, IReadOnlyList<Alarm> Alarms) Next(CollapseState state, CollapseNumbers numbers, bool hasLearnt)
    {
        var alarms = new List<Alarm>();
        foreach (var sign in CollapseSign.All)
        {
            if (sign.ResemblesTheStart && !hasLearnt) continue;
            var before = state.Seen.GetValueOrDefault(sign.Kind);
            var seen = sign.Shows(numbers) ? Math.Max(before, 0) + 1 : sign.IsGone(numbers) ? Math.Min(before, 0) - 1 : 0;
            state = state with { Seen = state.Seen.SetItem(sign.Kind, seen) };
            if (seen <= -Patience) state = state with { Raised = state.Raised.Remove(sign.Kind) };
            if (seen < Patience || state.Raised.Contains(sign.Kind)) continue;
            state = state with { Raised = state.Raised.Add(sign.Kind) };
            alarms.Add(new(sign.Kind, sign.Text(numbers)));
        }
        return (state, alarms);
    }
}
