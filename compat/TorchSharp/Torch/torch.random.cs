namespace TorchSharp;

public static partial class torch
{
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static class random
    {
        /// <summary>Seeds the default generators of all devices. They are one for all threads.</summary>
        public static Generator manual_seed(long seed)
        {
            NativeErrors.Check(NativeMethods.lt_manual_seed(seed));
            return new Generator();
        }
    }

    /// <summary>The default generator, as manual_seed returns it; the stand-in knows no other.</summary>
    public class Generator : IDisposable
    {
        internal Generator()
        {
        }

        public void Dispose() => GC.SuppressFinalize(this);
    }
}
