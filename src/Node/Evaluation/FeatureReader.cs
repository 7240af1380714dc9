using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Lockstep.Models;
using Lockstep.Node.Data;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Lockstep.Node.Evaluation;

/// <summary>Turns images into features: by a backbone, or as raw pixels for comparison.</summary>
public static class FeatureReader
{
    /// <summary>A backbone's global features.</summary>
    /// <inheritdoc cref="Read(LabelledImages, int, Func{Tensor, Tensor}, Action{string}, Action{long})"/>
    public static FeatureSet Read(IFeatureExtractor extractor, LabelledImages images, int batchSize, Action<string> reportBroken, Action<long>? progress = null) =>
        Read(images, batchSize, extractor.Features, reportBroken, progress);

    /// <summary>The pixels themselves as features.</summary>
    public static FeatureSet ReadPixels(LabelledImages images, int batchSize, Action<string> reportBroken) =>
        Read(images, batchSize, batch => batch.flatten(1), reportBroken);

    /// <summary>What a function makes of every image. Broken images are left out and reported.</summary>
    /// <param name="images">Labelled or not.</param>
    /// <param name="batchSize">Images a call, at most.</param>
    /// <param name="toFeatures">[B, 3, S, S] to [B, D].</param>
    /// <param name="reportBroken">Is told of each image that is left out.</param>
    /// <param name="progress">Is told how many images are done.</param>
    /// <exception cref="DataException">No image can be read, or the features do not fit one process.</exception>
    /// <exception cref="InvalidDataException">A feature is no finite number.</exception>
    public static FeatureSet Read(
        LabelledImages images, int batchSize, Func<Tensor, Tensor> toFeatures, Action<string> reportBroken, Action<long>? progress = null)
    {
        var length = 3 * images.ImageSize * images.ImageSize;
        var (labels, numbers) = (new List<int>(), new List<int>());
        batchSize = BatchOf(batchSize, images.Count, images.ImageSize);
        var pixels = new float[batchSize * length];
        float[] values = [];
        var dimension = 0;
        for (var start = 0; start < images.Count; start += batchSize)
        {
            var before = labels.Count;
            ReadBatch(images, start, Math.Min(batchSize, images.Count - start), pixels, reportBroken, labels, numbers);
            var read = labels.Count - before;
            if (read > 0)
            {
                var features = Features(toFeatures, pixels.AsSpan(0, read * length), images.ImageSize);
                if (dimension == 0) values = Reserve(images.Count, dimension = features.Length / read);
                RequireFinite(features, dimension, images, numbers, before);
                features.CopyTo(values, before * dimension);
            }
            progress?.Invoke(Math.Min(start + batchSize, images.Count));
        }
        if (labels.Count == 0) throw LabelledImages.NoneOf(images.Count);
        if (labels.Count < images.Count) Array.Resize(ref values, labels.Count * dimension);
        return new FeatureSet(values, [.. labels], [.. numbers]);
    }

    /// <summary>What a function makes of images in memory.</summary>
    /// <param name="pixels">[B, 3, S, S]</param>
    /// <returns>[B, D]</returns>
    internal static float[] Features(Func<Tensor, Tensor> toFeatures, ReadOnlySpan<float> pixels, int size)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var batch = empty([pixels.Length / (3 * size * size), 3, size, size], dtype: ScalarType.Float32);
        MemoryMarshal.AsBytes(pixels).CopyTo(batch.bytes);
        return toFeatures(batch).contiguous().data<float>().ToArray();
    }

    /// <summary>Images a call: as many as there are, and as one span of bytes holds.</summary>
    internal static int BatchOf(int asked, int images, int imageSize) =>
        Math.Min(Math.Min(asked, images), int.MaxValue / (3 * imageSize * imageSize * sizeof(float)));

    private static void ReadBatch(
        LabelledImages images, int start, int count, float[] pixels, Action<string> reportBroken, List<int> labels, List<int> numbers)
    {
        var length = 3 * images.ImageSize * images.ImageSize;
        var read = 0;
        for (var i = start; i < start + count; i++)
        {
            if (!images.TryRead(i, pixels.AsSpan(read * length, length), reportBroken)) continue;
            labels.Add(images.Classes.Count == 0 ? FeatureSet.NoClass : images.LabelOf(i));
            numbers.Add(i);
            read++;
        }
    }

    private static float[] Reserve(int images, int dimension) => (long)images * dimension <= Array.MaxLength
        ? new float[images * dimension]
        : throw new DataException($"{images:N0} images with {dimension:N0} features each are more than one evaluation holds ({Array.MaxLength:N0} numbers): give fewer images");

    private static void RequireFinite(float[] features, int dimension, LabelledImages images, List<int> numbers, int first)
    {
        for (var i = 0; i < features.Length / dimension; i++)
        {
            if (!float.IsFinite(TensorPrimitives.Norm<float>(features.AsSpan(i * dimension, dimension))))
                throw new InvalidDataException($"the features of '{images.NameOf(numbers[first + i])}' are not finite numbers: the network has diverged. Evaluate an earlier checkpoint.");
        }
    }
}
