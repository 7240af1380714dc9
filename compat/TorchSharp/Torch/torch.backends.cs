namespace TorchSharp;

public static partial class torch
{
    public static partial class backends
    {
        public static partial class cuda
        {
            public static partial class matmul
            {
                /// <summary>Whether cuBLAS may round the factors of float32 products to TF32's 10 bits.</summary>
                public static bool allow_tf32
                {
                    get => Answer(NativeMethods.lt_cublas_tf32());
                    set => NativeErrors.Check(NativeMethods.lt_set_cublas_tf32(value ? 1 : 0));
                }
            }
        }

        public static partial class cudnn
        {
            /// <summary>The same of cuDNN's convolutions.</summary>
            public static bool allow_tf32
            {
                get => Answer(NativeMethods.lt_cudnn_tf32());
                set => NativeErrors.Check(NativeMethods.lt_set_cudnn_tf32(value ? 1 : 0));
            }
        }

        private static bool Answer(int answer)
        {
            NativeErrors.Check(answer);
            return answer != 0;
        }
    }
}
