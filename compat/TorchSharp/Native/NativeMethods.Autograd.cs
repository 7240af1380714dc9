using System.Runtime.InteropServices;

namespace TorchSharp;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_requires_grad(nint handle);

    [LibraryImport(Library)]
    internal static partial int lt_is_leaf(nint handle);

    [LibraryImport(Library)]
    internal static partial int lt_set_requires_grad(nint handle, int on);

    [LibraryImport(Library)]
    internal static partial nint lt_grad(nint handle);

    [LibraryImport(Library)]
    internal static partial int lt_set_grad(nint handle, nint gradient);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_grad_enabled();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void lt_set_grad_enabled(int on);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_inference_enabled();

    [LibraryImport(Library)]
    internal static partial nint lt_inference_begin(int on);

    [LibraryImport(Library)]
    internal static partial void lt_inference_end(nint guard);

    [LibraryImport(Library)]
    internal static partial int lt_backward(
        nint* tensors, int count, nint* gradients, int gradientCount, int retainGraph, int createGraph, nint* inputs, int inputCount);

    [LibraryImport(Library)]
    internal static partial int lt_gradients(
        nint* outputs, int outputCount, nint* inputs, int inputCount, nint* gradients, int gradientCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library)]
    internal static partial nint lt_node(
        nint* inputs, int count, delegate* unmanaged<nint, nint, nint*, int, nint*, int, int> backward,
        delegate* unmanaged<nint, void> drop, nint context);

    [LibraryImport(Library)]
    internal static partial void lt_node_release(nint node);

    [LibraryImport(Library)]
    internal static partial int lt_node_wrap(
        nint node, nint* inputs, int inputCount, nint* constants, int constantCount, nint* dirty, int dirtyCount,
        nint* outputs, int outputCount, nint* results);

    [LibraryImport(Library)]
    internal static partial nint lt_save(nint handle, nint node);

    [LibraryImport(Library)]
    internal static partial nint lt_saved(nint saved, nint node);

    [LibraryImport(Library)]
    internal static partial void lt_saved_release(nint saved);
}
