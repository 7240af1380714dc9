using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>The images of the online evaluation: those that vote and those that are classified.</summary>
/// <param name="Bank">Those of which some vote.</param>
/// <param name="Test">Those of which some are classified; the bank where there are no others.</param>
/// <param name="Split">Which.</param>
public sealed record KnnImages(ISampleSource Bank, ISampleSource Test, KnnSplit Split)
{
    /// <summary>Lists the images that the section Watch names; null where it asks for no evaluation.</summary>
    /// <param name="train">The images that the run trains on, as it reads them.</param>
    /// <param name="warn">Is told of an index that cannot be used.</param>
    /// <exception cref="DataException">They cannot be used; the message names the setting.</exception>
    public static KnnImages? Open(TrainingRecipe recipe, ISampleSource train, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        var watch = recipe.Watch;
        if (watch.KnnEveryEpochs == 0) return null;
        var bank = watch.Train.Length > 0 ? Labelled("Watch:Train", SampleSource.Open(watch.Train, warn)) : Labelled("Data:Train (Watch:Train is empty)", train);
        var (key, path) = watch.Test.Length > 0 ? ("Watch:Test", watch.Test) : ("Data:Test (Watch:Test is empty)", recipe.Data.Test);
        var test = path.Length > 0 ? Labelled(key, SampleSource.Open(path, warn)) : null;
        if (test is not null && !test.Classes.SequenceEqual(bank.Classes))
            throw new DataException($"{key} has other classes than the images that vote: {string.Join(", ", test.Classes.Except(bank.Classes).Concat(bank.Classes.Except(test.Classes)).Take(5))}. Name folders with the same class folders, or set Watch:KnnEveryEpochs=0.");
        return new(bank, test ?? bank, KnnSplit.Of(bank.Count, test?.Count, watch.HeldOut, watch.MostImages, recipe.Run.Seed));
    }

    private static ISampleSource Labelled(string key, ISampleSource source) => source.Classes.Count >= 2
        ? source
        : throw new DataException($"{key} has {source.Classes.Count} classes, and Watch:KnnEveryEpochs needs labels: one folder a class (or shards with .cls files), at least two. Name labelled images with Watch:Train and Watch:Test, or set Watch:KnnEveryEpochs=0.");
}
