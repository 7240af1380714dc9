namespace TorchSharp;

public static partial class torch
{
    public static void set_num_threads(int num) => NativeMethods.lt_set_num_threads(num);

    public static int get_num_threads() => NativeMethods.lt_get_num_threads();

    public static void set_num_interop_threads(int num) => NativeErrors.Check(NativeMethods.lt_set_num_interop_threads(num));

    public static int get_num_interop_threads() => NativeMethods.lt_get_num_interop_threads();
}
