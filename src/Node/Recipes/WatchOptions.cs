using System.ComponentModel.DataAnnotations;

namespace Lockstep.Node.Recipes;

/// <summary>Section Watch: what is looked at while a run trains, by the node that writes. Nothing here changes the result of a run.</summary>
public sealed record WatchOptions
{
    /// <summary>k-NN accuracy of the EMA teacher after every so many epochs and at the end, beside the training; 0: none.</summary>
    [Range(0, 1_000_000, ErrorMessage = "Watch:KnnEveryEpochs must be between 0 (none) and 1000000")]
    public int KnnEveryEpochs { get; init; }

    /// <summary>Labelled images that vote; empty: those of Data:Train.</summary>
    public string Train { get; init; } = "";

    /// <summary>Labelled images to classify; empty: those of Data:Test, and where that is empty too, a part of those that vote.</summary>
    public string Test { get; init; } = "";

    /// <summary>That part: images, chosen by the seed, that are classified and do not vote.</summary>
    [Range(0.001, 0.5, ErrorMessage = "Watch:HeldOut must be a share of {1} to {2}")]
    public double HeldOut { get; init; }

    /// <summary>Images that vote, and images that are classified, at most, chosen by the seed; 0: all.</summary>
    [Range(0, int.MaxValue, ErrorMessage = "Watch:MostImages must be 0 (all) or positive")]
    public int MostImages { get; init; }
}
