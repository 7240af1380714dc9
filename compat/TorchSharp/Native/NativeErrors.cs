using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>Turns the shim's failures into exceptions: <see cref="ExternalException"/>, as TorchSharp does.</summary>
internal static unsafe class NativeErrors
{
    [ThreadStatic]
    private static ExceptionDispatchInfo? pending;

    /// <summary>Keeps an exception of managed code called by libtorch, to be thrown again where libtorch was called.</summary>
    internal static void Keep(Exception exception) => pending = ExceptionDispatchInfo.Capture(exception);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Check(int result)
    {
        if (result < 0)
            Throw();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static nint Check(nint result)
    {
        if (result == 0)
            Throw();
        return result;
    }

    [DoesNotReturn]
    internal static void Throw()
    {
        var kept = pending;
        pending = null;
        kept?.Throw();
        throw new ExternalException(LastMessage());
    }

    internal static string LastMessage() => Marshal.PtrToStringUTF8((nint)NativeMethods.lt_error()) ?? "";
}
