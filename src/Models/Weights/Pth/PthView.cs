namespace Lockstep.Models.Weights.Pth;

/// <summary>A tensor as torch stores it: sizes and strides (in values) over a storage. Lies wholly inside it, no value twice.</summary>
internal sealed record PthView(PthStorage Storage, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides)
{
    private const int MaxDimensions = 64; // torch's own

    /// <summary>Values in the tensor.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Values of the storage from the view's first to its last.</summary>
    public long Extent => Count == 0 ? 0 : 1 + Enumerable.Range(0, Shape.Count).Sum(d => (Shape[d] - 1) * Strides[d]);

    /// <summary>True when the values lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            long expected = 1;
            for (var d = Shape.Count - 1; d >= 0; d--)
            {
                if (Shape[d] != 1 && Strides[d] != expected) return false;
                expected *= Shape[d];
            }
            return true;
        }
    }

    /// <summary>Null if the view may be read; otherwise what is wrong with it.</summary>
    public string? Fault()
    {
        if (Shape.Count > MaxDimensions || Shape.Count != Strides.Count) return $"it has {Shape.Count} sizes and {Strides.Count} strides";
        if (Offset < 0 || Shape.Any(s => s < 0) || Strides.Any(s => s < 0)) return "an offset, size or stride is negative";
        if (Shape.Contains(0)) return Offset <= Storage.Count ? null : Outside;
        try
        {
            // A tensor of more values than its storage repeats some: so a small file could claim a huge one.
            var (count, end) = (1L, checked(Offset + 1));
            for (var d = 0; d < Shape.Count; d++) (count, end) = checked((count * Shape[d], end + (Shape[d] - 1) * Strides[d]));
            if (end > Storage.Count) return Outside;
            return count > Storage.Count || Overlaps() ? "values overlap (an expanded tensor): save it as tensor.contiguous()" : null;
        }
        catch (OverflowException)
        {
            return "its sizes and strides are beyond 64 bits";
        }
    }

    private string Outside => $"it reaches outside of its storage of {Storage.Count} values";

    // Sorted by stride, each dimension must step over all that the smaller ones span. Slices and permutations do.
    private bool Overlaps()
    {
        long span = 0;
        foreach (var d in Enumerable.Range(0, Shape.Count).Where(d => Shape[d] > 1).OrderBy(d => Strides[d]))
        {
            if (Strides[d] <= span) return true;
            span += (Shape[d] - 1) * Strides[d];
        }
        return false;
    }
}
