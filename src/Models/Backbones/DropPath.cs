using Lockstep.Models.Chance;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Stochastic depth (Huang et al. 2016) with keyed chance: whether a sample skips a branch depends on its place in the
/// run and nothing else, so any node computes the same microbatch.
/// </summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">Step number.</param>
/// <param name="Microbatch">Microbatch index.</param>
/// <param name="Pass">Pass of the microbatch through the backbone, 0 to 255: one a crop size.</param>
public readonly record struct DropPath(ulong Seed, long Step, int Microbatch, int Pass)
{
    /// <summary>Zeroes whole samples of the branch with probability <paramref name="rate"/> and divides the rest by 1 - rate.</summary>
    /// <param name="branch">[B, N, D].</param>
    /// <param name="rate">Drop probability.</param>
    /// <param name="place">Index of the branch in the network, 0 to 255.</param>
    public Tensor Apply(Tensor branch, double rate, int place) =>
        rate == 0 ? branch : branch * On(branch.device, tensor(Mask((int)branch.shape[0], rate, place)).reshape(-1, 1, 1));

    /// <summary>One factor a sample: 0 or 1 / (1 - rate).</summary>
    public float[] Mask(int samples, double rate, int place)
    {
        var chance = new Philox(ChanceDomain.Model, Seed, (ulong)Step, (ulong)Microbatch, (ulong)(Pass << 8 | place));
        var mask = new float[samples];
        for (var i = 0; i < samples; i++) mask[i] = chance.NextBool(rate) ? 0 : (float)(1 / (1 - rate));
        return mask;
    }

    // Without waiting for the device. From memory that is not pinned, CUDA takes the numbers before the call returns.
    private static Tensor On(Device device, Tensor mask) =>
        device.type == DeviceType.CPU ? mask : empty(mask.shape, dtype: mask.dtype, device: device).copy_(mask, true);
}
