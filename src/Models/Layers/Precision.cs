using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// What matrix products and convolutions are computed in. With bfloat16 the factors are rounded to it where they are used, sums
/// run in float32, and results are rounded; gradients likewise on the way back. Parameters stay float32 in their buffer, and
/// each use of one adds its own gradient to a float32 buffer. TorchSharp has no autocast: layers ask for the products that they
/// want rounded, and everything between products stays what it is.
/// </summary>
public sealed class Precision
{
    /// <summary>Nothing is rounded.</summary>
    public static readonly Precision Float32 = new(ScalarType.Float32);

    /// <summary>8 bits of precision, the range of float32: no loss scaling is needed.</summary>
    public static readonly Precision BFloat16 = new(ScalarType.BFloat16);

    // Where libtorch's CPU kernels multiply bfloat16 fast. Without these instructions they are many times slower than
    // float32, so there the rounded factors are multiplied in float32: the same roundings, the sums in another order.
    private static readonly bool CpuMultipliesBFloat16 = Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;

    private readonly ScalarType _type;

    private Precision(ScalarType type) => _type = type;

    /// <summary>By the name that recipes use (Model:Compute): float32 or bfloat16.</summary>
    public static Precision Of(string compute) => compute == "bfloat16" ? BFloat16 : Float32;

    /// <summary>x Wᵀ + b: [..., inputs] to [..., outputs].</summary>
    public Tensor Linear(Tensor x, Tensor weight, Tensor bias) => Product(nn.functional.linear(Factor(x), Factor(weight), Factor(bias)));

    /// <summary>a b, over the last two dimensions.</summary>
    public Tensor MatMul(Tensor a, Tensor b) => Product(matmul(Factor(a), Factor(b)));

    /// <summary>2-D convolution without bias.</summary>
    public Tensor Convolve(Tensor x, Tensor weight, long[] strides, long[] padding) =>
        Product(nn.functional.conv2d(Factor(x), Factor(weight), null, strides, padding));

    /// <summary>A tensor, rounded or not, as float32.</summary>
    public static Tensor Exact(Tensor x) => x.dtype == ScalarType.Float32 ? x : x.to(ScalarType.Float32);

    private Tensor Factor(Tensor x)
    {
        var rounded = Product(x);
        return _type == ScalarType.BFloat16 && !CpuMultipliesBFloat16 && x.device_type == DeviceType.CPU ? Exact(rounded) : rounded;
    }

    private Tensor Product(Tensor x) => x.dtype == _type ? x : x.to(_type);
}
