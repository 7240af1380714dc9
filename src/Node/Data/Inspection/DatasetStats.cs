namespace Lockstep.Node.Data.Inspection;

/// <summary>What a dataset is like.</summary>
public sealed record DatasetStats
{
    public required int Samples { get; init; }

    /// <summary>Bytes of all files.</summary>
    public required long Bytes { get; init; }

    /// <summary>Samples that cannot be read or whose header says no size; they are not in what follows.</summary>
    public required int WithoutHeader { get; init; }

    /// <summary>Ways in which samples are stored, the most frequent first.</summary>
    public required IReadOnlyList<StoredKind> Stored { get; init; }

    /// <summary>Samples with an EXIF orientation other than upright.</summary>
    public required int Turned { get; init; }

    /// <summary>Samples with a colour profile.</summary>
    public required int WithProfile { get; init; }

    /// <summary>Null if there are no classes.</summary>
    public ClassBalance? Classes { get; init; }

    /// <summary>Pixels, upright; null if no header could be read, as the following.</summary>
    public Spread? Width { get; init; }

    public Spread? Height { get; init; }

    /// <summary>Width over height.</summary>
    public Spread? Aspect { get; init; }

    public Spread? Megapixels { get; init; }

    /// <summary>Null if nothing was decoded.</summary>
    public ColorStatistics? Colors { get; init; }
}
