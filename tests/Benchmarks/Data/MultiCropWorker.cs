using System.Diagnostics;
using Lockstep.Models;
using Lockstep.Node.Augment;
using Lockstep.Node.Data;
using Lockstep.Node.Images;

namespace Lockstep.Benchmarks.Data;

/// <summary>One core's work: image after image, whole as a run does it, or stage by stage.</summary>
internal sealed class MultiCropWorker(ISampleSource source, int first) : IDisposable
{
    private readonly ImageDecoder _decoder = new();
    private readonly DecodedImage _image = new();
    private readonly ViewAugmenter _augmenter = new();
    private readonly Resampler _resampler = new();
    private readonly PointPass _points = new();
    private readonly GaussianBlur _blur = new();
    private readonly Normalization _normalization = new();
    private readonly byte[][] _planes = [.. MultiCrop.Views.Select(v => new byte[3 * v.Size * v.Size])];
    private readonly float[][] _outputs = [.. MultiCrop.Views.Select(v => new float[3 * v.Size * v.Size])];
    private readonly ViewDraw[] _draws = new ViewDraw[MultiCrop.Views.Count];
    private readonly double[] _seconds = new double[DataMeasure.StageNames.Count];
    private readonly long[] _bytes = new long[DataMeasure.StageNames.Count];
    private byte[] _file = [];
    private long _sample = first;
    private double _markSeconds;
    private long _markBytes;

    public DataMeasure RunWhole(double seconds)
    {
        var (images, started, bytes) = (0, Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
        for (; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; images++)
        {
            var sample = _sample++;
            var length = source.Read((int)(sample % source.Count), ref _file);
            _decoder.Decode(_file.AsSpan(0, length), _image);
            for (var view = 0; view < MultiCrop.Views.Count; view++)
            {
                var draw = ViewDraw.OfView(MultiCrop.Views, view, _image.Width, _image.Height, seed: 1, epoch: 0, sample);
                _augmenter.Augment(_image, MultiCrop.Views[view], draw, _outputs[view]);
            }
        }
        return new DataMeasure
        {
            Images = images,
            CoreSeconds = Stopwatch.GetElapsedTime(started).TotalSeconds,
            Bytes = [GC.GetAllocatedBytesForCurrentThread() - bytes],
        };
    }

    public DataMeasure RunStages(double seconds)
    {
        var (images, started) = (0, Stopwatch.GetTimestamp());
        Array.Clear(_seconds);
        Array.Clear(_bytes);
        for (; Stopwatch.GetElapsedTime(started).TotalSeconds < seconds; images++) TakeApart(_sample++);
        return new DataMeasure { Images = images, StageSeconds = [.. _seconds], Bytes = [.. _bytes] };
    }

    public void Dispose() => _decoder.Dispose();

    // Each stage alone for all views, each with its own pass over memory.
    private void TakeApart(long sample)
    {
        Mark();
        var length = source.Read((int)(sample % source.Count), ref _file);
        Lap(0);
        _decoder.Decode(_file.AsSpan(0, length), _image);
        Lap(1);
        for (var view = 0; view < _draws.Length; view++)
        {
            var spec = MultiCrop.Views[view];
            _draws[view] = ViewDraw.OfView(MultiCrop.Views, view, _image.Width, _image.Height, seed: 1, epoch: 0, sample);
            _resampler.Resize(_image, _draws[view].Crop, spec.Size, spec.Size, _draws[view].Flip, spec.Filter, _planes[view]);
        }
        Lap(2);
        for (var view = 0; view < _draws.Length; view++)
        {
            if (!_draws[view].Jitter) continue;
            _points.AddJitter(_draws[view], _planes[view]);
            _points.Run(_planes[view]);
        }
        Lap(3);
        for (var view = 0; view < _draws.Length; view++)
            if (_draws[view].Greyscale) RunPoint(PointOperation.Greyscale, view);
        Lap(4);
        for (var view = 0; view < _draws.Length; view++)
            if (_draws[view].Blur) _blur.Apply(_planes[view], MultiCrop.Views[view].Size, MultiCrop.Views[view].Size, _draws[view].BlurSigma);
        Lap(5);
        for (var view = 0; view < _draws.Length; view++)
            if (_draws[view].Solarize) RunPoint(PointOperation.Solarize, view);
        Lap(6);
        for (var view = 0; view < _draws.Length; view++)
        {
            _normalization.Use(MultiCrop.Views[view].Mean, MultiCrop.Views[view].Std);
            _points.Run(_planes[view], _normalization, _outputs[view]);
        }
        Lap(7);
    }

    private void RunPoint(PointOperation operation, int view)
    {
        _points.Add(operation);
        _points.Run(_planes[view]);
    }

    private void Mark() => (_markSeconds, _markBytes) = (ThreadClock.Seconds, GC.GetAllocatedBytesForCurrentThread());

    private void Lap(int stage)
    {
        _seconds[stage] += ThreadClock.Seconds - _markSeconds;
        _bytes[stage] += GC.GetAllocatedBytesForCurrentThread() - _markBytes;
        Mark();
    }
}
