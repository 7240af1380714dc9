namespace TorchSharp;

public static partial class torch
{
    public static class cuda
    {
        public static bool is_available() => NativeMethods.lt_cuda_available() != 0;

        public static int device_count() => NativeMethods.lt_cuda_device_count();
    }
}
