using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Images;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation.Linear;

/// <summary>
/// Features of a new view of every image in every epoch, as eval_linear.py trains: random resized crop (area 0.08 to 1,
/// bilinear) and flip. The chance is keyed by (seed, epoch, image). Broken images are left out, and reported once.
/// </summary>
/// <param name="images">Labelled images.</param>
/// <param name="toFeatures">[B, 3, S, S] to [B, F].</param>
/// <param name="batchSize">Images a forward pass, at most.</param>
/// <param name="seed">Key of the views.</param>
/// <param name="reportBroken">Is told of each image that is left out.</param>
/// <param name="progress">Is told how many images of the epoch are done.</param>
public sealed class AugmentedBatches(
    LabelledImages images, Func<Tensor, Tensor> toFeatures, int batchSize, ulong seed, Action<string> reportBroken, Action<long>? progress = null) : IProbeBatches
{
    private readonly ViewSpec _view = ViewOf(images);
    private readonly int _batchSize = FeatureReader.BatchOf(batchSize, images.Count, images.ImageSize);
    private readonly HashSet<int> _broken = [];
    private float[] _pixels = [];
    private (int Epoch, long Images) _done;

    public int Count => images.Count;

    public (Tensor Features, Tensor Labels) Read(int epoch, ReadOnlySpan<int> rows)
    {
        var (labels, values) = (new List<long>(), new List<float>());
        for (var start = 0; start < rows.Length; start += _batchSize)
            Read(epoch, rows.Slice(start, Math.Min(_batchSize, rows.Length - start)), labels, values);
        _done = (epoch, (_done.Epoch == epoch ? _done.Images : 0) + rows.Length);
        progress?.Invoke(_done.Images);
        return (tensor(values.ToArray()).reshape(labels.Count, labels.Count == 0 ? 0 : values.Count / labels.Count), tensor(labels.ToArray()));
    }

    private void Read(int epoch, ReadOnlySpan<int> rows, List<long> labels, List<float> values)
    {
        var length = 3 * images.ImageSize * images.ImageSize;
        if (_pixels.Length < rows.Length * length) _pixels = new float[rows.Length * length];
        var read = 0;
        foreach (var row in rows)
        {
            if (_broken.Contains(row)) continue;
            var chance = new Philox(ChanceDomain.Probe, seed, (ulong)epoch, (ulong)row);
            try
            {
                images.Read(row, _view, ref chance, _pixels.AsSpan(read * length, length));
                labels.Add(images.LabelOf(row));
                read++;
            }
            catch (ImageDecodeException e)
            {
                _broken.Add(row);
                reportBroken(e.Message);
            }
        }
        if (read > 0) values.AddRange(FeatureReader.Features(toFeatures, _pixels.AsSpan(0, read * length), images.ImageSize));
    }

    private static ViewSpec ViewOf(LabelledImages images) => new()
    {
        Size = images.ImageSize,
        Filter = ResampleFilter.Bilinear,
        ScaleMin = 0.08,
        ScaleMax = 1,
        RatioMin = 3.0 / 4,
        RatioMax = 4.0 / 3,
        FlipProbability = 0.5,
        JitterProbability = 0,
        Brightness = 0,
        Contrast = 0,
        Saturation = 0,
        Hue = 0,
        GreyscaleProbability = 0,
        BlurProbability = 0,
        BlurSigmaMin = 0,
        BlurSigmaMax = 0,
        SolarizeProbability = 0,
        Mean = images.Mean,
        Std = images.Std,
    };
}
