namespace Lockstep.Simulation.Flows;

/// <summary>
/// Max-min fairness: the rates at which no flow can get more without taking from one that has no more than it. The
/// fullest link is divided equally, its flows are settled, and so on with what is left.
/// </summary>
/// <param name="shared">Bytes a second of what all copies of all flows go through; infinite: nothing of that kind.</param>
public sealed class FairShares(double shared = double.PositiveInfinity)
{
    private const double Tolerance = 1e-12;
    private readonly List<double> _capacity = [];
    private double[] _left = [];
    private long[] _copies = [];
    private double _sharedLeft;
    private long _sharedCopies;

    /// <param name="capacity">Bytes a second.</param>
    public int AddLink(double capacity)
    {
        _capacity.Add(capacity);
        return _capacity.Count - 1;
    }

    /// <summary>Gives every flow its rate.</summary>
    public void Divide(IReadOnlyCollection<Flow> flows)
    {
        ArgumentNullException.ThrowIfNull(flows);
        if (_left.Length != _capacity.Count) (_left, _copies) = (new double[_capacity.Count], new long[_capacity.Count]);
        _capacity.CopyTo(_left);
        Array.Clear(_copies);
        (_sharedLeft, _sharedCopies) = (shared, flows.Sum(flow => flow.Path.Copies));
        foreach (var flow in flows)
        {
            _copies[flow.Path.Up] += flow.Path.UpCopies;
            _copies[flow.Path.Down] += flow.Path.DownCopies;
        }
        var open = flows.ToList();
        while (open.Count > 0)
        {
            var share = SharedShare;
            for (var link = 0; link < _left.Length; link++)
            {
                if (_copies[link] > 0) share = Math.Min(share, Math.Max(0, _left[link]) / _copies[link]);
            }
            var limit = share * (1 + Tolerance);
            var all = SharedShare <= limit;
            var settled = open.FindAll(flow => all || ShareOf(flow.Path.Up) <= limit || ShareOf(flow.Path.Down) <= limit);
            open.RemoveAll(flow => all || ShareOf(flow.Path.Up) <= limit || ShareOf(flow.Path.Down) <= limit);
            foreach (var flow in settled) Settle(flow, share);
        }
    }

    private double SharedShare => Math.Max(0, _sharedLeft) / _sharedCopies;

    private double ShareOf(int link) => Math.Max(0, _left[link]) / _copies[link];

    private void Settle(Flow flow, double share)
    {
        flow.Rate = share;
        _sharedLeft -= share * flow.Path.Copies;
        _sharedCopies -= flow.Path.Copies;
        _left[flow.Path.Up] -= share * flow.Path.UpCopies;
        _copies[flow.Path.Up] -= flow.Path.UpCopies;
        _left[flow.Path.Down] -= share * flow.Path.DownCopies;
        _copies[flow.Path.Down] -= flow.Path.DownCopies;
    }
}
