using Lockstep.Models;
using Lockstep.Node.Data;
using static TorchSharp.torch;

namespace Lockstep.Cli.Commands;

/// <summary>What a linear probe is given of an image.</summary>
/// <param name="Features">[B, 3, S, S] to [B, F].</param>
/// <param name="Description">For people.</param>
internal sealed record ProbeInput(Func<Tensor, Tensor> Features, string Description)
{
    // eval_linear.py's --n_last_blocks.
    private const int DefaultBlocks = 4;

    /// <param name="blocks">As the user said; null where nothing.</param>
    /// <param name="patchMean">Adds the mean of the patch tokens.</param>
    /// <exception cref="DataException">The network has no such features.</exception>
    public static ProbeInput Of(IFeatureExtractor extractor, int? blocks, bool patchMean)
    {
        if (extractor.Blocks == 0)
        {
            if (blocks is not null || patchMean) throw new DataException("--blocks and --avgpool are for ViTs: the features of a ResNet are the mean of its last map");
            return new ProbeInput(extractor.Features, "the mean of the last map");
        }
        if (blocks > extractor.Blocks) throw new DataException($"the network has {extractor.Blocks} blocks: --blocks {blocks} is too many");
        var count = blocks ?? Math.Min(DefaultBlocks, extractor.Blocks);
        var tokens = count == 1 ? "class token of the last block" : $"class tokens of the last {count} blocks";
        return new ProbeInput(images => extractor.ProbeFeatures(images, count, patchMean), patchMean ? $"{tokens}, mean of its patch tokens" : tokens);
    }
}
