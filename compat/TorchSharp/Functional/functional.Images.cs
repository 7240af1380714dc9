namespace TorchSharp;

public static partial class torch
{
    public enum InterpolationMode
    {
        Nearest = 0,
        Linear = 1,
        Bilinear = 2,
        Bicubic = 3,
        Trilinear = 4,
        Area = 5,
        NearestExact = 6,
    }

    public static partial class nn
    {
        public static partial class functional
        {
            /// <param name="size">The output's height and width; or else <paramref name="scale_factor"/>.</param>
            /// <remarks>Two spatial dimensions; nearest, bilinear and bicubic, without antialias.</remarks>
            public static Tensor interpolate(
                Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest,
                bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                if (antialias || x.ndim != 4)
                    throw new NotImplementedException("The stand-in for TorchSharp resizes images only, without antialias.");
                var scale = size is null ? scale_factor : null;
                if (recompute_scale_factor && scale is not null)
                {
                    size = [(long)(x.size(2) * scale[0]), (long)(x.size(3) * scale[^1])];
                    scale = null;
                }

                return mode switch
                {
                    InterpolationMode.Nearest => Aten.UpsampleNearest2d.Tensor(x, size, scale),
                    InterpolationMode.Bilinear => Aten.UpsampleBilinear2d.Tensor(x, size, align_corners ?? false, scale),
                    InterpolationMode.Bicubic => Aten.UpsampleBicubic2d.Tensor(x, size, align_corners ?? false, scale),
                    _ => throw new NotImplementedException($"The stand-in for TorchSharp has no interpolation mode {mode}."),
                };
            }

            /// <param name="pad">Pairs of before and after, the last dimension first.</param>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Constant or PaddingModes.Zeros => Aten.Pad.Tensor(input, pad, value),
                PaddingModes.Reflect => (pad.Length == 2 ? Aten.ReflectionPad1d : Aten.ReflectionPad2d).Tensor(input, pad),
                PaddingModes.Replicate => (pad.Length == 2 ? Aten.ReplicationPad1d : Aten.ReplicationPad2d).Tensor(input, pad),
                _ => throw new NotImplementedException($"The stand-in for TorchSharp has no padding mode {mode}."),
            };

            public static Tensor pad(
                Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, Both(pad), mode, value);

            public static Tensor pad(
                Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, new[] { pad.Item1, pad.Item2, pad.Item3, pad.Item4 }, mode, value);

            /// <summary>Pads all edges of all dimensions alike.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, Enumerable.Repeat(pad, (int)input.ndim * 2).ToArray(), mode, value);

            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) => Aten.PixelShuffle.Tensor(input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) =>
                Aten.PixelUnshuffle.Tensor(input, downscale_factor);

            /// <summary>Sliding patches as columns: [N, C, H, W] to [N, C * kernel area, patches].</summary>
            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                unfold(input, Pair(kernel_size), Pair(dilation), Pair(padding), Pair(stride));

            public static Tensor unfold(
                Tensor input, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null,
                (long, long)? stride = null) =>
                Aten.Im2Col.Tensor(input, Both(kernel_size), Both(dilation ?? (1, 1)), Both(padding ?? (0, 0)), Both(stride ?? (1, 1)));

            public static Tensor one_hot(Tensor x, long num_classes = -1)
            {
                if (x.dtype != ScalarType.Int64)
                    throw new ArgumentException("OneHot input tensor must have elements of type Int64");
                return Aten.OneHot.Tensor(x, num_classes);
            }

            private static (long, long) Pair(long size) => (size, size);
        }
    }
}
