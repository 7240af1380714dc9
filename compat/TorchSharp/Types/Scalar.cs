using System.Globalization;

namespace TorchSharp;

/// <summary>A number of any type, to be mixed with a tensor. Converted implicitly from C#'s own types.</summary>
public sealed class Scalar : IDisposable
{
    internal readonly NativeTag Tag;
    internal readonly long Bits;

    private Scalar(NativeTag tag, long bits, torch.ScalarType type)
    {
        Tag = tag;
        Bits = bits;
        Type = type;
    }

    public torch.ScalarType Type { get; }

    internal double Real => Tag == NativeTag.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long Integer => Tag == NativeTag.Double ? (long)Real : Bits;

    public static implicit operator Scalar(byte value) => OfInteger(value);

    public static implicit operator Scalar(sbyte value) => OfInteger(value);

    public static implicit operator Scalar(short value) => OfInteger(value);

    public static implicit operator Scalar(int value) => OfInteger(value);

    public static implicit operator Scalar(long value) => OfInteger(value);

    public static implicit operator Scalar(Half value) => OfReal((double)value);

    public static implicit operator Scalar(float value) => OfReal(value);

    public static implicit operator Scalar(double value) => OfReal(value);

    public static implicit operator Scalar(bool value) => new(NativeTag.Bool, value ? 1 : 0, torch.ScalarType.Bool);

    /// <summary>Nothing to release: a scalar is managed here.</summary>
    public void Dispose()
    {
    }

    public override string ToString() =>
        Tag == NativeTag.Double ? Real.ToString(CultureInfo.InvariantCulture) : Bits.ToString(CultureInfo.InvariantCulture);

    internal static Scalar Of(in NativeValue value) => new(
        value.Tag,
        value.Integer,
        value.Tag switch
        {
            NativeTag.Double => torch.ScalarType.Float64,
            NativeTag.Bool => torch.ScalarType.Bool,
            _ => torch.ScalarType.Int64,
        });

    // libtorch's own scalars know no narrower types than these.
    private static Scalar OfInteger(long value) => new(NativeTag.Int, value, torch.ScalarType.Int64);

    private static Scalar OfReal(double value) =>
        new(NativeTag.Double, BitConverter.DoubleToInt64Bits(value), torch.ScalarType.Float64);
}
