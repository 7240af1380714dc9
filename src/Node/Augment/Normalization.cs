using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Lockstep.Node.Augment;

/// <summary>(x / 255 - mean) / std a channel, in float like torchvision's ToTensor and Normalize. Not thread-safe.</summary>
public sealed class Normalization
{
    private readonly float[] _mean = new float[3], _std = new float[3];
    private IReadOnlyList<double>? _means, _stds;
    private bool _multiply;

    /// <summary>Takes other numbers; cheap where they are those it has.</summary>
    /// <param name="mean">A channel, on [0,1].</param>
    /// <param name="std">A channel, on [0,1].</param>
    public void Use(IReadOnlyList<double> mean, IReadOnlyList<double> std)
    {
        if (ReferenceEquals(mean, _means) && ReferenceEquals(std, _stds)) return;
        if (mean.Count != 3 || std.Count != 3) throw new ArgumentException("mean and std need three values each");
        for (var c = 0; c < 3; c++) (_mean[c], _std[c]) = ((float)mean[c], (float)std[c]);
        (_means, _stds, _multiply) = (mean, std, Fma.IsSupported && DivisionIsNeverNeeded());
    }

    /// <param name="channel">0 to 2.</param>
    /// <param name="values">Whole numbers 0 to 255.</param>
    /// <param name="into">As long.</param>
    public void Apply(int channel, ReadOnlySpan<float> values, Span<float> into)
    {
        var (mean, std) = (_mean[channel], _std[channel]);
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var target = ref MemoryMarshal.GetReference(into[..values.Length]);
        var i = 0;
        if (_multiply)
        {
            for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
                Multiply(Vector256.LoadUnsafe(ref source, (nuint)i), mean, std).StoreUnsafe(ref target, (nuint)i);
        }
        else
        {
            for (; i <= values.Length - Vector256<float>.Count; i += Vector256<float>.Count)
                Divide(Vector256.LoadUnsafe(ref source, (nuint)i), mean, std).StoreUnsafe(ref target, (nuint)i);
        }
        for (; i < values.Length; i++) into[i] = (values[i] / 255f - mean) / std;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Divide(Vector256<float> x, float mean, float std) => (x / 255f - Vector256.Create(mean)) / std;

    // The same without a division. Only for numbers for which all 256 values come out the same.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Multiply(Vector256<float> x, float mean, float std) =>
        Quotient(Quotient(x, Vector256.Create(255f), Vector256.Create(1 / 255f)) - Vector256.Create(mean), Vector256.Create(std), Vector256.Create(1 / std));

    // Markstein: the quotient by the inverse, corrected by its exact remainder.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Quotient(Vector256<float> x, Vector256<float> divisor, Vector256<float> inverse)
    {
        var near = x * inverse;
        return Vector256.FusedMultiplyAdd(Vector256.FusedMultiplyAdd(-near, divisor, x), inverse, near);
    }

    private bool DivisionIsNeverNeeded()
    {
        for (var c = 0; c < 3; c++)
        {
            for (var x = 0; x < 256; x += Vector256<float>.Count)
            {
                var values = Vector256.ConvertToSingle(Vector256<int>.Indices + Vector256.Create(x));
                if (Multiply(values, _mean[c], _std[c]).AsInt32() != Divide(values, _mean[c], _std[c]).AsInt32()) return false;
            }
        }
        return true;
    }
}
