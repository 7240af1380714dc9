using Lockstep.Models;
using Cut = Lockstep.Node.Tests.Augment.Views;

namespace Lockstep.Benchmarks.Data;

/// <summary>What is measured: the multi-crop of the DINO paper, 2 crops of 224 and 8 of 96 pixels. torchvision_peer.py does the same.</summary>
internal static class MultiCrop
{
    public static IReadOnlyList<ViewSpec> Views { get; } =
    [
        Cut.Global(224) with { BlurProbability = 1, SolarizeProbability = 0 },
        Cut.Global(224),
        .. Enumerable.Repeat(Cut.Local(96), 8),
    ];
}
