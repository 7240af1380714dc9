namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <remarks>Without strides: 1, unlike in Python, where it is the kernel's size.</remarks>
            public static Tensor avg_pool2d(
                Tensor input, long[] kernelSizes, long[]? strides = null, long[]? paddings = null, bool ceil_mode = false,
                bool count_include_pad = true) =>
                Aten.AvgPool2d.Tensor(input, kernelSizes, strides ?? [1], paddings ?? [0], ceil_mode, count_include_pad);

            public static Tensor avg_pool2d(
                Tensor input, long kernelSize, long? stride = null, long padding = 0, bool ceil_mode = false,
                bool count_include_pad = true) =>
                avg_pool2d(input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding), ceil_mode, count_include_pad);

            public static Tensor avg_pool2d(
                Tensor input, (long, long) kernelSize, (long, long)? stride = null, (long, long)? padding = null,
                bool ceil_mode = false, bool count_include_pad = true) =>
                avg_pool2d(input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding ?? (0, 0)), ceil_mode, count_include_pad);

            /// <remarks>Without strides: 1, unlike in Python, where it is the kernel's size.</remarks>
            public static Tensor max_pool2d(
                Tensor input, long[] kernelSize, long[]? strides = null, long[]? padding = null, long[]? dilation = null,
                bool ceil_mode = false) =>
                Aten.MaxPool2d.Tensor(input, kernelSize, strides ?? [1], padding ?? [0], dilation ?? [1], ceil_mode);

            public static Tensor max_pool2d(
                Tensor input, long kernelSize, long? stride = null, long? padding = null, long? dilation = null,
                bool ceil_mode = false) =>
                max_pool2d(
                    input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding ?? 0), Both(dilation ?? 1), ceil_mode);

            public static Tensor max_pool2d(
                Tensor input, (long, long) kernelSize, (long, long)? stride = null, (long, long)? padding = null,
                (long, long)? dilation = null, bool ceil_mode = false) =>
                max_pool2d(
                    input, Both(kernelSize), Both(stride ?? kernelSize), Both(padding ?? (0, 0)), Both(dilation ?? (1, 1)), ceil_mode);

            public static Tensor adaptive_avg_pool2d(Tensor input, long[] output_size) =>
                Aten.AdaptiveAvgPool2d.Tensor(input, output_size);

            public static Tensor adaptive_avg_pool2d(Tensor input, (long, long) output_size) =>
                adaptive_avg_pool2d(input, Both(output_size));

            public static Tensor adaptive_avg_pool2d(Tensor input, long output_size) =>
                adaptive_avg_pool2d(input, Both(output_size));

            private static long[] Both(long size) => [size, size];

            private static long[] Both((long, long) sizes) => [sizes.Item1, sizes.Item2];
        }
    }
}
