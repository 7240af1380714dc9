namespace TorchSharp;

public static partial class torch
{
    public static class cuda
    {
        public static bool is_available() => NativeMethods.lt_cuda_available() != 0;

        public static int device_count() => NativeMethods.lt_cuda_device_count();

        public static Generator manual_seed(long seed) => random.manual_seed(seed);

        public static Generator manual_seed_all(long seed) => random.manual_seed(seed);

        public static void synchronize(long device = -1L) => NativeErrors.Check(NativeMethods.lt_cuda_synchronize((int)device));
    }
}
