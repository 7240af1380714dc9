using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Copies the first elements of a span into a new tensor.</summary>
    private static unsafe Tensor FromSpan<T>(
        ReadOnlySpan<T> values, ReadOnlySpan<long> dimensions, ScalarType type, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        var count = 1L;
        foreach (var size in dimensions)
            count *= size;
        if (count > values.Length)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {count} vs. {values.Length}");

        nint handle;
        fixed (long* sizes = dimensions)
            handle = NativeErrors.Check(NativeMethods.lt_empty(sizes, dimensions.Length, (int)type, (int)DeviceType.CPU, -1));
        var tensor = new Tensor(handle, (int)(count * sizeof(T) >> 10));
        values[..(int)count].CopyTo(new Span<T>((void*)tensor.Address, (int)count));
        return Created(Converted(tensor, dtype ?? type, InitializeDevice(device)), requiresGrad);
    }

    private static unsafe Tensor FromArray<T>(
        Array values, ScalarType type, ScalarType? dtype, Device? device, bool requiresGrad)
        where T : unmanaged
    {
        var dimensions = new long[values.Rank];
        for (var i = 0; i < dimensions.Length; i++)
            dimensions[i] = values.GetLongLength(i);
        var elements = MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(values)), values.Length);
        return FromSpan(elements, dimensions, type, dtype, device, requiresGrad);
    }

    /// <summary>The tensor, or another in its stead.</summary>
    private static Tensor Converted(Tensor tensor, ScalarType type, Device device)
    {
        if (tensor.dtype == type && device.type == DeviceType.CPU)
            return tensor;
        using (tensor)
            return tensor.to(type, device);
    }
}
