using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>One ATen operator, looked up by name at its first call.</summary>
/// <param name="name">The name without its namespace: <c>add</c>.</param>
/// <param name="overload">The overload's name: <c>Tensor</c>, or nothing.</param>
[SkipLocalsInit] // libtorch writes what is read
internal sealed unsafe class Operator(string name, string overload = "")
{
    /// <summary>The longest list of tensors that one call may return; unbind of a large batch is the widest we know.</summary>
    private const int MaxResults = 4096;

    private nint handle;

    private nint Handle => handle != 0 ? handle : handle = NativeErrors.Check(NativeMethods.lt_operator("aten::" + name, overload));

    /// <summary>Calls for the one tensor that the operator returns.</summary>
    internal torch.Tensor Tensor(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Call(arguments, &result, 1);
        return Wrap(result);
    }

    /// <summary>Calls an operator that changes its first argument.</summary>
    internal torch.Tensor InPlace(torch.Tensor self, params ReadOnlySpan<Argument> others)
    {
        Span<Argument> arguments = [self, default, default, default, default, default];
        others.CopyTo(arguments[1..]);
        Call(arguments[..(others.Length + 1)], null, 0);
        return self;
    }

    internal (torch.Tensor, torch.Tensor) Pair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[2];
        Call(arguments, results, 2);
        return (Wrap(results[0]), Wrap(results[1]));
    }

    internal torch.Tensor[] Tensors(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[MaxResults];
        var tensors = new torch.Tensor[Call(arguments, results, MaxResults)];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = Wrap(results[i]);
        return tensors;
    }

    internal bool Bool(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Call(arguments, &result, 1);
        return result.Integer != 0;
    }

    private static torch.Tensor Wrap(in NativeValue result) => new(result.Pointer, result.Count);

    private int Call(ReadOnlySpan<Argument> arguments, NativeValue* results, int capacity)
    {
        var values = stackalloc NativeValue[arguments.Length];
        var words = stackalloc long[WordsFor(arguments)];
        for (var i = 0; i < arguments.Length; i++)
            words = Write(arguments[i], ref values[i], words);

        var count = NativeMethods.lt_call(Handle, values, arguments.Length, results, capacity);
        for (var i = 0; i < arguments.Length; i++)
            GC.KeepAlive(arguments[i].Reference);
        if (count < 0)
            NativeErrors.Throw();
        if (count > capacity && capacity == MaxResults)
            throw new NotSupportedException($"{name} returned {count} tensors, more than {MaxResults}.");
        return count;
    }

    private static int WordsFor(ReadOnlySpan<Argument> arguments)
    {
        var words = 0;
        foreach (ref readonly var argument in arguments)
        {
            words += argument.Tag switch
            {
                NativeTag.Ints or NativeTag.Doubles or NativeTag.Tensors => Unsafe.As<Array>(argument.Reference!).Length,
                NativeTag.String => (Unsafe.As<byte[]>(argument.Reference!).Length + 7) / 8,
                _ => 0,
            };
        }

        return words;
    }

    /// <summary>Fills in one value; lists are copied to <paramref name="words"/>, whose next free word is returned.</summary>
    private static long* Write(in Argument argument, ref NativeValue value, long* words)
    {
        value.Tag = argument.Tag;
        value.Count = argument.Count;
        value.Integer = argument.Bits;
        switch (argument.Tag)
        {
            case NativeTag.Tensor:
                value.Pointer = Unsafe.As<torch.Tensor>(argument.Reference!).Handle;
                return words;
            case NativeTag.Ints:
                return WriteList(Unsafe.As<long[]>(argument.Reference!), ref value, words);
            case NativeTag.Doubles:
                return WriteList(MemoryMarshal.Cast<double, long>(Unsafe.As<double[]>(argument.Reference!)), ref value, words);
            case NativeTag.Tensors:
                return WriteHandles(Unsafe.As<torch.Tensor?[]>(argument.Reference!), ref value, words);
            case NativeTag.String:
                var text = Unsafe.As<byte[]>(argument.Reference!);
                text.CopyTo(new Span<byte>(words, text.Length));
                value.Pointer = (nint)words;
                value.Count = text.Length;
                return words + ((text.Length + 7) / 8);
            default:
                return words;
        }
    }

    private static long* WriteList(ReadOnlySpan<long> list, ref NativeValue value, long* words)
    {
        list.CopyTo(new Span<long>(words, list.Length));
        value.Pointer = (nint)words;
        value.Count = list.Length;
        return words + list.Length;
    }

    private static long* WriteHandles(torch.Tensor?[] tensors, ref NativeValue value, long* words)
    {
        for (var i = 0; i < tensors.Length; i++)
            words[i] = tensors[i]?.Handle ?? 0;
        value.Pointer = (nint)words;
        value.Count = tensors.Length;
        return words + tensors.Length;
    }
}
