using Lockstep.Models.Chance;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>Which images vote and which are classified: a function of their numbers and the run's seed, the same on every node.</summary>
/// <param name="Bank">Images of the bank that vote, ascending.</param>
/// <param name="Queries">Images that are classified, ascending: of the test images, or of the bank where there are none.</param>
public sealed record KnnSplit(int[] Bank, int[] Queries)
{
    private const ulong OfBank = 0, OfTest = 1;

    /// <param name="bank">Images in the bank.</param>
    /// <param name="test">Test images; null: a part of the bank is held out.</param>
    /// <param name="heldOut">That part, 0 to 1; at least one image, and not all.</param>
    /// <param name="most">Most images of either kind; 0: all.</param>
    /// <param name="seed">The run's.</param>
    public static KnnSplit Of(int bank, int? test, double heldOut, int most, ulong seed)
    {
        var held = test is null ? Math.Clamp((int)Math.Round(heldOut * bank), 1, Math.Max(1, bank - 1)) : 0;
        var inBank = Chosen(bank, OfBank, seed);
        var queries = test is { } count ? Chosen(count, OfTest, seed) : inBank[..held];
        return new(First(inBank[held..], most), First(queries, most));
    }

    // Every image gets a keyed number; the order of these is a draw without replacement.
    private static int[] Chosen(int count, ulong part, ulong seed)
    {
        var images = Enumerable.Range(0, count).ToArray();
        Array.Sort(images.Select(i => new Philox(ChanceDomain.HeldOut, seed, part, (ulong)i).NextUInt64()).ToArray(), images);
        return images;
    }

    private static int[] First(int[] images, int most) => [.. images.Take(most == 0 ? images.Length : most).Order()];
}
