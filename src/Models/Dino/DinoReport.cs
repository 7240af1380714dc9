using System.Numerics.Tensors;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Dino;

/// <summary>Turns a step's averaged contribution into the numbers that users watch.</summary>
internal static class DinoReport
{
    /// <param name="mean">Contributions averaged over the microbatches, not yet clipped.</param>
    /// <param name="norms">Gradient norm of each trainable tensor.</param>
    /// <param name="step">Scheduled numbers.</param>
    /// <param name="statistics">Section with the centre that the loss used.</param>
    /// <param name="rows">Teacher rows a microbatch.</param>
    /// <param name="finite">What the method has found.</param>
    public static StepReport Of(FlatBuffer mean, float[] norms, DinoStep step, FlatBuffer statistics, int rows, bool finite)
    {
        double loss = mean.SpanOf(DinoState.Loss)[0];
        var gradientNorm = Math.Sqrt(norms.Sum(n => (double)n * n));
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["learning_rate"] = step.LearningRate,
            ["weight_decay"] = step.WeightDecay,
            ["teacher_momentum"] = step.TeacherMomentum,
            ["teacher_temperature"] = step.TeacherTemperature,
            ["gradient_norm"] = gradientNorm,
            ["teacher_entropy"] = mean.SpanOf(DinoState.TeacherEntropy)[0],
            ["kl"] = mean.SpanOf(DinoState.Kl)[0],
            ["center_norm"] = TensorPrimitives.Norm<float>(statistics.SpanOf(DinoState.Center)),
            ["feature_std"] = FeatureStd(mean.SpanOf(DinoState.FeatureSum), mean.SpanOf(DinoState.FeatureSquareSum), rows),
            ["prototype_entropy"] = PrototypeEntropy(mean.SpanOf(DinoState.Prototypes), rows),
        };
        if (mean.Layout.Contains(DinoState.KoLeo)) values["koleo"] = mean.SpanOf(DinoState.KoLeo)[0];
        return new StepReport(loss, finite, values);
    }

    // Mean over the dimensions of the standard deviation of L2-normalised features, times √D: about 1 when they spread
    // over the sphere, 0 when all images look alike to the teacher.
    private static double FeatureStd(ReadOnlySpan<float> sums, ReadOnlySpan<float> squares, int rows)
    {
        var total = 0.0;
        for (var i = 0; i < sums.Length; i++)
        {
            var mean = sums[i] / (double)rows;
            total += Math.Sqrt(Math.Max(0, squares[i] / (double)rows - mean * mean));
        }
        return total / Math.Sqrt(sums.Length);
    }

    // Entropy of the teacher's answer averaged over the step: what all images together use of the prototypes. Never below the
    // mean entropy of single answers; equal to it when the teacher says the same of every image.
    private static double PrototypeEntropy(ReadOnlySpan<float> sums, int rows)
    {
        var entropy = 0.0;
        foreach (var sum in sums)
        {
            var share = sum / (double)rows;
            if (share > 0) entropy -= share * Math.Log(share);
        }
        return entropy;
    }
}
