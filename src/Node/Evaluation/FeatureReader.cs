using System.Runtime.InteropServices;
using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation;

/// <summary>Turns labelled images into features: by a backbone, or as raw pixels for comparison.</summary>
public static class FeatureReader
{
    /// <summary>Features of a backbone. Broken images are left out and reported.</summary>
    public static FeatureSet Read(IFeatureExtractor extractor, LabelledImages images, int batchSize, Action<string> reportBroken, Action<int>? progress = null) =>
        Collect(images, batchSize, reportBroken, progress, batch =>
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            return extractor.Features(batch).contiguous().data<float>().ToArray();
        });

    /// <summary>The pixels themselves as features.</summary>
    public static FeatureSet ReadPixels(LabelledImages images, int batchSize, Action<string> reportBroken) =>
        Collect(images, batchSize, reportBroken, null, batch => batch.data<float>().ToArray());

    private static FeatureSet Collect(
        LabelledImages images, int batchSize, Action<string> reportBroken, Action<int>? progress, Func<Tensor, float[]> toFeatures)
    {
        var size = images.ImageSize;
        var (values, labels) = (new List<float>(), new List<int>());
        var pixels = new float[batchSize * 3 * size * size];
        for (var start = 0; start < images.Count; start += batchSize)
        {
            var read = ReadBatch(images, start, Math.Min(batchSize, images.Count - start), pixels, reportBroken, labels);
            if (read == 0) continue;
            using var batch = zeros([read, 3, size, size], dtype: ScalarType.Float32);
            MemoryMarshal.AsBytes(pixels.AsSpan(0, read * 3 * size * size)).CopyTo(batch.bytes);
            values.AddRange(toFeatures(batch));
            progress?.Invoke(Math.Min(start + batchSize, images.Count));
        }
        if (labels.Count == 0) throw new DataException($"none of the {images.Count} images could be read; the warnings name them");
        return new FeatureSet([.. values], [.. labels]);
    }

    private static int ReadBatch(
        LabelledImages images, int start, int count, float[] pixels, Action<string> reportBroken, List<int> labels)
    {
        var length = 3 * images.ImageSize * images.ImageSize;
        var read = 0;
        for (var i = start; i < start + count; i++)
        {
            try
            {
                images.Read(i, pixels.AsSpan(read * length, length));
                labels.Add(images.LabelOf(i));
                read++;
            }
            catch (ImageDecodeException e)
            {
                reportBroken(e.Message);
            }
        }
        return read;
    }
}
