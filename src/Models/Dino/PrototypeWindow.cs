namespace Lockstep.Models.Dino;

/// <summary>
/// The share of prototypes that are dead: which got less than <see cref="DeadBelow"/> of an equal share of the teacher's
/// probability in a window of steps. Windows follow each other from step 0 on, so what one says does not depend on the node; it
/// is known from the end of a window that was seen whole.
/// </summary>
/// <param name="prototypes">K.</param>
/// <param name="rows">Teacher rows a step: 2 G.</param>
internal sealed class PrototypeWindow(int prototypes, int rows)
{
    /// <summary>Below this part of 1/K a prototype counts as dead: in the window it got less than 0.04 rows.</summary>
    public const double DeadBelow = 0.01;

    // With fewer rows, prototypes of rare content would count as dead for want of an image.
    private const int RowsAPrototype = 4;

    private readonly double[] _sums = new double[prototypes];
    private long _next = -1;
    private bool _isWhole;
    private double? _dead;

    /// <summary>Steps a window.</summary>
    public long Steps { get; } = ((long)RowsAPrototype * prototypes + rows - 1) / rows;

    /// <summary>Takes the next step.</summary>
    /// <param name="step">Its number, from 0.</param>
    /// <param name="sums">What each prototype got, [K], in any unit.</param>
    /// <returns>The share of the last whole window, 0 to 1; null before there is one.</returns>
    public double? Next(long step, ReadOnlySpan<float> sums)
    {
        if (step != _next) (_dead, _isWhole) = (null, false);
        _next = step + 1;
        if (step % Steps == 0)
        {
            Array.Clear(_sums);
            _isWhole = true;
        }
        for (var k = 0; k < _sums.Length; k++) _sums[k] += sums[k];
        if (_isWhole && _next % Steps == 0)
        {
            var limit = DeadBelow * _sums.Sum() / _sums.Length;
            _dead = _sums.Count(sum => sum < limit) / (double)_sums.Length;
        }
        return _dead;
    }
}
