using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>What one argument or result of an operator is. Mirrors Tag in native/src/shim.h.</summary>
internal enum NativeTag
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Ints = 5,
    Doubles = 6,
    Tensors = 7,
    String = 8,
    Device = 9,
    Default = 10,
}

/// <summary>One argument or result as the shim sees it, 16 bytes. Mirrors Value in native/src/shim.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct NativeValue
{
    [FieldOffset(0)] public NativeTag Tag;

    /// <summary>Elements of a list; the type of a device; of a tensor result, the KiB that it alone owns.</summary>
    [FieldOffset(4)] public int Count;

    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}
