namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>How many inputs a target took and refused.</summary>
internal sealed class FuzzTally(string target)
{
    // Where nearly all or nearly nothing is refused, the inputs are not the ones to learn from.
    private const double LeastShare = 0.02;
    private const int LeastCases = 500;

    private int _taken, _refused;

    public void Add(bool taken)
    {
        if (taken) _taken++;
        else _refused++;
    }

    public void RequireBothOutcomes()
    {
        var all = _taken + _refused;
        if (all >= LeastCases && Math.Min(_taken, _refused) < LeastShare * all) throw new InvalidOperationException($"the inputs are too one-sided: {this}");
    }

    public override string ToString() => $"{target}: {_taken} taken, {_refused} refused";
}
