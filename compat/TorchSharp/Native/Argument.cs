using System.Text;

namespace TorchSharp;

/// <summary>
/// One argument of an operator call on the managed side: a small payload, or a reference that the call keeps alive.
/// The implicit conversions let a call read like the operator's schema.
/// </summary>
internal readonly struct Argument
{
    internal readonly object? Reference;
    internal readonly long Bits;
    internal readonly int Count;
    internal readonly NativeTag Tag;

    private Argument(NativeTag tag, long bits, object? reference = null, int count = 0)
    {
        Tag = tag;
        Bits = bits;
        Reference = reference;
        Count = count;
    }

    /// <summary>Leaves the choice to the operator's schema.</summary>
    internal static readonly Argument Default = new(NativeTag.Default, 0);

    /// <summary>No value, where the schema allows that.</summary>
    internal static readonly Argument None = default;

    public static implicit operator Argument(torch.Tensor? value) => value is null ? default : new(NativeTag.Tensor, 0, value);

    public static implicit operator Argument(torch.Tensor?[]? value) => value is null ? default : new(NativeTag.Tensors, 0, value);

    public static implicit operator Argument(Scalar? value) => value is null ? default : new(value.Tag, value.Bits);

    public static implicit operator Argument(int value) => new(NativeTag.Int, value);

    public static implicit operator Argument(long value) => new(NativeTag.Int, value);

    public static implicit operator Argument(long? value) => value is null ? default : new(NativeTag.Int, value.Value);

    public static implicit operator Argument(double value) => new(NativeTag.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Argument(double? value) => value is null ? default : (Argument)value.Value;

    public static implicit operator Argument(bool value) => new(NativeTag.Bool, value ? 1 : 0);

    public static implicit operator Argument(bool? value) => value is null ? default : (Argument)value.Value;

    public static implicit operator Argument(long[]? value) => value is null ? default : new(NativeTag.Ints, 0, value);

    public static implicit operator Argument(double[]? value) => value is null ? default : new(NativeTag.Doubles, 0, value);

    public static implicit operator Argument(string? value) =>
        value is null ? default : new(NativeTag.String, 0, Encoding.UTF8.GetBytes(value));

    public static implicit operator Argument(torch.ScalarType value) => new(NativeTag.Int, (sbyte)value);

    public static implicit operator Argument(torch.ScalarType? value) => value is null ? default : (Argument)value.Value;

    public static implicit operator Argument(torch.Device? value) =>
        value is null ? default : new(NativeTag.Device, value.index, null, (int)value.type);
}
