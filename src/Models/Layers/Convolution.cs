using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>2-D convolution without bias, zero padding of half the kernel; initialised as torchvision's ResNet (He et al. 2015, by outputs). In the source's precision.</summary>
public sealed class Convolution
{
    private readonly Precision _precision;
    private readonly Tensor _weight;
    private readonly long[] _strides, _padding;

    public Convolution(IParameterSource source, string name, long inputs, long outputs, long kernel, long stride = 1)
    {
        _precision = source.Precision;
        (_strides, _padding) = ([stride, stride], [kernel / 2, kernel / 2]);
        _weight = source.Get($"{name}.weight", [outputs, inputs, kernel, kernel], Init.KaimingNormal(outputs * kernel * kernel));
    }

    /// <summary>[B, inputs, H, W] to [B, outputs, ⌈H / stride⌉, ⌈W / stride⌉], for odd kernels.</summary>
    public Tensor Forward(Tensor x) => _precision.Convolve(x, _weight, _strides, _padding);
}
