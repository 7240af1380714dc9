using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Evaluation;

/// <summary>k-NN accuracy of features, 0 to 1.</summary>
public sealed record KnnScore(double Top1, double Top5)
{
    /// <summary>Accuracy of a backbone's features.</summary>
    public static KnnScore Of(
        IFeatureExtractor extractor, LabelledImages bank, LabelledImages queries, EvaluationOptions options, int neighbours, Action<string> reportBroken) =>
        Of(bank, queries, options, neighbours, images => FeatureReader.Read(extractor, images, options.BatchSize, reportBroken));

    /// <summary>Accuracy of the pixels themselves, for comparison.</summary>
    public static KnnScore OfPixels(LabelledImages bank, LabelledImages queries, EvaluationOptions options, Action<string> reportBroken) =>
        Of(bank, queries, options, options.Neighbours, images => FeatureReader.ReadPixels(images, options.BatchSize, reportBroken));

    private static KnnScore Of(
        LabelledImages bank, LabelledImages queries, EvaluationOptions options, int neighbours, Func<LabelledImages, FeatureSet> read)
    {
        if (!bank.Classes.SequenceEqual(queries.Classes))
            throw new DataException($"the two folders have different classes: {string.Join(", ", bank.Classes.Except(queries.Classes).Concat(queries.Classes.Except(bank.Classes)).Take(5))}. Give folders with the same class folders.");
        var classifier = new KnnClassifier(read(bank), bank.Classes.Count, neighbours, options.Temperature);
        var (top1, top5) = classifier.Evaluate(read(queries));
        return new KnnScore(top1, top5);
    }
}
