namespace Lockstep.Node.Augment;

/// <summary>
/// Bicubic weights of one axis, as Pillow's Resample.c computes them: a = -0.5, support widened where the axis shrinks
/// (antialiasing), normalised, in 22-bit fixed point. The arrays are used again.
/// </summary>
internal sealed class ResampleWeights
{
    public const int PrecisionBits = 32 - 8 - 2;

    private const double A = -0.5, Support = 2;

    private double[] _exact = [];

    /// <summary>First input of each output, and number of inputs.</summary>
    public int[] Starts { get; private set; } = [];
    public int[] Counts { get; private set; } = [];

    /// <summary>Weights of output i begin at i * <see cref="Stride"/>.</summary>
    public int[] Weights { get; private set; } = [];
    public int Stride { get; private set; }

    /// <summary>Weights of outputs [first, first + count) when an axis of one size becomes another.</summary>
    public void Compute(int inputSize, int outputSize, int first, int count)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(1, scale);
        var support = Support * filterScale;
        Reserve(count, (int)Math.Ceiling(support) * 2 + 1);
        for (var i = 0; i < count; i++)
        {
            var center = (first + i + 0.5) * scale;
            var start = Math.Max(0, (int)(center - support + 0.5));
            var taps = Math.Min(inputSize, (int)(center + support + 0.5)) - start;
            var sum = 0.0;
            for (var j = 0; j < taps; j++) sum += _exact[j] = Bicubic((j + start - center + 0.5) * (1.0 / filterScale));
            for (var j = 0; j < taps; j++) Weights[i * Stride + j] = ToFixed(sum == 0 ? _exact[j] : _exact[j] / sum);
            (Starts[i], Counts[i]) = (start, taps);
        }
    }

    private static double Bicubic(double x)
    {
        x = Math.Abs(x);
        if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * A : 0;
    }

    private static int ToFixed(double weight) => (int)((weight < 0 ? -0.5 : 0.5) + weight * (1 << PrecisionBits));

    private void Reserve(int count, int stride)
    {
        Stride = stride;
        if (Starts.Length < count) (Starts, Counts) = (new int[count], new int[count]);
        if (_exact.Length < stride) _exact = new double[stride];
        if (Weights.Length < count * stride) Weights = new int[count * stride];
    }
}
