using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>The shim's C ABI. What never waits and never throws skips the switch of the garbage collector's mode.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = NativeLibraryLocator.LibraryName;

    static NativeMethods() => NativeLibraryLocator.Register();

    [LibraryImport(Library)]
    internal static partial byte* lt_error();

    [LibraryImport(Library)]
    internal static partial byte* lt_version();

    // ---- operators

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint lt_operator(string name, string overload);

    [LibraryImport(Library)]
    internal static partial int lt_call(nint op, NativeValue* arguments, int count, NativeValue* results, int capacity);

    // ---- tensors

    [LibraryImport(Library)]
    internal static partial void lt_release(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial nint lt_share(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long lt_ndimension(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long lt_numel(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long lt_element_size(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_sizes(nint handle, long* sizes, int capacity);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_strides(nint handle, long* strides, int capacity);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long lt_storage_offset(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_dtype(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_device_type(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_device_index(nint handle);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int lt_is_contiguous(nint handle);

    [LibraryImport(Library)]
    internal static partial int lt_data(nint handle, nint* address);

    [LibraryImport(Library)]
    internal static partial nint lt_empty(long* sizes, int count, int dtype, int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    internal static partial int lt_item(nint handle, NativeValue* value);

    // ---- the process

    [LibraryImport(Library)]
    internal static partial void lt_set_num_threads(int count);

    [LibraryImport(Library)]
    internal static partial int lt_get_num_threads();

    [LibraryImport(Library)]
    internal static partial int lt_set_num_interop_threads(int count);

    [LibraryImport(Library)]
    internal static partial int lt_get_num_interop_threads();

    [LibraryImport(Library)]
    internal static partial int lt_manual_seed(long seed);

    [LibraryImport(Library)]
    internal static partial int lt_cuda_available();

    [LibraryImport(Library)]
    internal static partial int lt_cuda_device_count();

    [LibraryImport(Library)]
    internal static partial int lt_cublas_tf32();

    [LibraryImport(Library)]
    internal static partial int lt_set_cublas_tf32(int on);

    [LibraryImport(Library)]
    internal static partial int lt_cudnn_tf32();

    [LibraryImport(Library)]
    internal static partial int lt_set_cudnn_tf32(int on);
}
