using Lockstep.Models;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Node.Evaluation;

/// <summary>k-NN accuracy of images: reads features and lets them vote.</summary>
public static class KnnEvaluation
{
    /// <summary>Accuracy of a backbone's features.</summary>
    /// <param name="neighbours">Every k; those larger than the bank become its size, once.</param>
    /// <param name="reportBroken">Is told of each image that is left out.</param>
    /// <param name="progress">Is told how many images of the two folders are done.</param>
    /// <param name="device">Where similarities are computed; null: on the CPU.</param>
    public static IReadOnlyList<KnnScore> Of(
        IFeatureExtractor extractor, LabelledImages bank, LabelledImages queries, EvaluationOptions options,
        IReadOnlyList<int> neighbours, Action<string> reportBroken, Action<long>? progress = null, ComputeDevice? device = null)
    {
        var done = 0;
        return Of(bank, queries, options, neighbours, images =>
        {
            var before = done;
            done += images.Count;
            return FeatureReader.Read(extractor, images, options.BatchSize, reportBroken, n => progress?.Invoke(before + n));
        }, device);
    }

    /// <summary>Accuracy of the pixels themselves, for comparison, with the recipe's k.</summary>
    public static KnnScore OfPixels(LabelledImages bank, LabelledImages queries, EvaluationOptions options, Action<string> reportBroken) =>
        Of(bank, queries, options, [options.Neighbours], images => FeatureReader.ReadPixels(images, options.BatchSize, reportBroken))[0];

    private static IReadOnlyList<KnnScore> Of(
        LabelledImages bank, LabelledImages queries, EvaluationOptions options, IReadOnlyList<int> neighbours, Func<LabelledImages, FeatureSet> read, ComputeDevice? device = null)
    {
        bank.RequireSameClasses(queries);
        return new KnnClassifier(read(bank).Normalize(), bank.Classes.Count, options.Temperature).Evaluate(read(queries).Normalize(), neighbours, device);
    }
}
