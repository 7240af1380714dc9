using System.Collections;

namespace TorchSharp.Utils;

/// <summary>The elements of a tensor of the CPU, in the order of their indices whatever the strides.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    private readonly torch.Tensor tensor;
    private readonly long[] shape;
    private readonly long[] strides;
    private readonly bool contiguous;
    private readonly T* first;

    internal TensorAccessor(torch.Tensor tensor)
    {
        if (tensor.device_type != DeviceType.CPU)
        {
            throw new InvalidOperationException(
                "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        }

        this.tensor = tensor;
        shape = tensor.shape;
        strides = tensor.stride();
        contiguous = tensor.is_contiguous();
        Count = tensor.numel();
        first = (T*)tensor.Address;
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    /// <summary>One index counts all elements in order; several address one dimension each.</summary>
    public T this[params long[] indices]
    {
        get
        {
            var value = first[indices.Length == 1 ? Offset(indices[0]) : Offset(indices)];
            GC.KeepAlive(tensor);
            return value;
        }

        set
        {
            first[indices.Length == 1 ? Offset(indices[0]) : Offset(indices)] = value;
            GC.KeepAlive(tensor);
        }
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    /// <summary>Copies as many elements as there are and as there is room for.</summary>
    public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        if (contiguous)
        {
            new ReadOnlySpan<T>(first + tensorIndex, count).CopyTo(array[arrayIndex..]);
        }
        else
        {
            for (var i = 0; i < count; i++)
                array[arrayIndex + i] = first[Offset(tensorIndex + i)];
        }

        GC.KeepAlive(tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) =>
        CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

    public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        var count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
        for (var i = 0; i < count; i++)
            first[Offset(tensorIndex + i)] = array[arrayIndex + i];
        GC.KeepAlive(tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Nothing to release: the tensor belongs to whoever made it.</summary>
    public void Dispose()
    {
    }

    private long Offset(long index)
    {
        if (index >= Count)
            throw new IndexOutOfRangeException();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (contiguous)
            return index;

        long offset = 0;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            index = Math.DivRem(index, shape[i], out var inDimension);
            offset += inDimension * strides[i];
        }

        return offset;
    }

    private long Offset(long[] indices)
    {
        long offset = 0;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            if (indices[i] >= shape[i] || indices[i] < 0)
                throw new IndexOutOfRangeException($"{indices[i]} >= {shape[i]} in dimension {i}.");
            offset += indices[i] * strides[i];
        }

        return offset;
    }
}
