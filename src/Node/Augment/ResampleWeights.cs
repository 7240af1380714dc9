using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Lockstep.Models;

namespace Lockstep.Node.Augment;

/// <summary>
/// Weights of one axis, as Pillow's Resample.c computes them: support widened where the axis shrinks (antialiasing),
/// normalised, in 22-bit fixed point. Each weight is stored as two digits, high * 2^12 + low, that 16-bit multiplication
/// can take. The arrays are used again.
/// </summary>
internal sealed class ResampleWeights
{
    public const int PrecisionBits = 32 - 8 - 2;
    public const int DigitBits = 12;

    /// <summary>Weights in a group.</summary>
    public const int Group = 4;

    private double[] _exact = [];

    /// <summary>First input of each output, and number of inputs.</summary>
    public int[] Starts { get; private set; } = [];
    public int[] Counts { get; private set; } = [];

    /// <summary>
    /// Weights of output i begin at i * <see cref="Stride"/>, four by four: four high digits, then four low ones. The last
    /// group is filled up with zeros.
    /// </summary>
    public short[] Digits { get; private set; } = [];
    public int Stride { get; private set; }

    /// <summary>Groups of an output.</summary>
    public int GroupsOf(int output) => (Counts[output] + Group - 1) / Group;

    /// <summary>One weight, put together.</summary>
    public int this[int output, int tap]
    {
        get
        {
            var at = output * Stride + tap + (tap & ~(Group - 1));
            return (Digits[at] << DigitBits) + Digits[at + Group];
        }
    }

    /// <summary>Weights of outputs [first, first + count) when an axis of one size becomes another.</summary>
    public void Compute(ResampleFilter filter, int inputSize, int outputSize, int first, int count)
    {
        var scale = (double)inputSize / outputSize;
        var filterScale = Math.Max(1, scale);
        var support = filterScale * filter switch { ResampleFilter.Bilinear => 1, ResampleFilter.Bicubic => 2, _ => 3 };
        Reserve(count, (int)Math.Ceiling(support) * 2 + 1);
        for (var i = 0; i < count; i++)
        {
            var center = (first + i + 0.5) * scale;
            var start = Math.Max(0, (int)(center - support + 0.5));
            var taps = Math.Min(inputSize, (int)(center + support + 0.5)) - start;
            Evaluate(filter, start, center, 1.0 / filterScale, taps);
            var sum = 0.0;
            foreach (var weight in _exact.AsSpan(0, taps)) sum += weight;
            if (sum == 0) sum = 1;
            (Starts[i], Counts[i]) = (start, taps);
            Store(Digits.AsSpan(i * Stride, 2 * Group * GroupsOf(i)), taps, sum);
        }
    }

    // Every lane does what C does for one tap.
    private void Evaluate(ResampleFilter filter, int start, double center, double shrink, int taps)
    {
        ref var exact = ref MemoryMarshal.GetArrayDataReference(_exact);
        if (filter == ResampleFilter.Lanczos)
        {
            for (var j = 0; j < taps; j++) _exact[j] = Lanczos((j + start - center + 0.5) * shrink);
            return;
        }
        for (var j = 0; j < taps; j += Vector<double>.Count)
        {
            var input = Vector<double>.Indices + new Vector<double>(j + start);
            var x = Vector.Abs((input - new Vector<double>(center) + new Vector<double>(0.5)) * shrink);
            (filter == ResampleFilter.Bicubic ? Bicubic(x) : Bilinear(x)).StoreUnsafe(ref exact, (nuint)j);
        }
    }

    // Normalised; rounded half away from zero; taken apart with the low digit from -2^11 to 2^11 - 1.
    private void Store(Span<short> digits, int taps, double sum)
    {
        digits.Clear();
        for (var j = 0; j < taps; j++)
        {
            var weight = _exact[j] / sum;
            var rounded = double.ConvertToIntegerNative<int>((weight < 0 ? -0.5 : 0.5) + weight * (1 << PrecisionBits));
            var high = rounded + (1 << DigitBits - 1) >> DigitBits;
            var at = j + (j & ~(Group - 1)); // the low digits of a group lie between its high ones and the next group's
            digits[at] = (short)high;
            digits[at + Group] = (short)(rounded - (high << DigitBits));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Bicubic(Vector<double> x)
    {
        const double a = -0.5;
        var near = ((a + 2) * x - new Vector<double>(a + 3)) * x * x + Vector<double>.One;
        var far = (((x - new Vector<double>(5)) * x + new Vector<double>(8)) * x - new Vector<double>(4)) * a;
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.One), near,
            Vector.ConditionalSelect(Vector.LessThan(x, new Vector<double>(2)), far, Vector<double>.Zero));
    }

    private static Vector<double> Bilinear(Vector<double> x) => Vector.MaxNative(Vector<double>.One - x, Vector<double>.Zero);

    private static double Lanczos(double x) => x is >= -3 and < 3 ? Sinc(x) * Sinc(x / 3) : 0;

    private static double Sinc(double x)
    {
        if (x == 0) return 1;
        x *= Math.PI;
        return Math.Sin(x) / x;
    }

    private void Reserve(int count, int taps)
    {
        Stride = (taps + Group - 1) / Group * 2 * Group;
        if (Starts.Length < count) (Starts, Counts) = (new int[count], new int[count]);
        if (_exact.Length < taps + Vector<double>.Count) _exact = new double[taps + Vector<double>.Count];
        if (Digits.Length < count * Stride) Digits = new short[count * Stride];
    }
}
