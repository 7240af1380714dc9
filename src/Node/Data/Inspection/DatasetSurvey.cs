using Lockstep.Node.Data.Order;
using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Reads the headers of all samples of a source, and decodes some of them for their colours, on several threads.</summary>
/// <param name="source">The samples.</param>
/// <param name="decoded">Samples to decode: the first that epoch 0 of a run with this seed visits.</param>
/// <param name="seed">Key of the draw.</param>
/// <param name="threads">Readers at work. The numbers do not depend on it, times do.</param>
public sealed class DatasetSurvey(ISampleSource source, int decoded, ulong seed, int threads)
{
    private readonly Lock _lock = new();

    /// <param name="progress">Told after each sample, by one thread at a time.</param>
    /// <param name="cancellationToken">Stops; nothing is said of a part.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public DatasetStats Run(Action<InspectionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var headers = new ImageInfo?[source.Count];
        var draw = new KeyedPermutation(source.Count, seed, 0);
        var colors = new ImageColors?[Math.Min(decoded, source.Count)];
        var (done, all, bytes) = (0, headers.Length + colors.Length, 0L);

        SampleScan.Run(headers.Length, threads, () => new HeaderReader(source), (reader, sample) =>
        {
            (var size, headers[sample]) = reader.Read(sample);
            Tell(size);
        }, cancellationToken);
        var total = bytes;
        SampleScan.Run(colors.Length, threads, () => new ColorReader(source), (reader, item) =>
        {
            colors[item] = reader.Read((int)draw.At(item));
            Tell(colors[item]?.EncodedBytes ?? 0);
        }, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return Of(headers, total) with
        {
            Classes = ClassBalance.Of(source),
            Colors = colors.Length == 0 ? null : ImageColors.Total([.. colors.OfType<ImageColors>()], colors.Count(c => c is null)),
        };

        void Tell(int size)
        {
            lock (_lock)
            {
                (done, bytes) = (done + 1, bytes + size);
                progress?.Invoke(new InspectionProgress(done, all, bytes, Faults: 0));
            }
        }
    }

    private static DatasetStats Of(ImageInfo?[] headers, long bytes)
    {
        var known = headers.OfType<ImageInfo>().ToArray();
        return new DatasetStats
        {
            Samples = headers.Length,
            Bytes = bytes,
            WithoutHeader = headers.Length - known.Length,
            Turned = known.Count(i => i.Orientation != ExifOrientation.Upright),
            WithProfile = known.Count(i => i.HasColorProfile),
            Stored = [.. known.GroupBy(i => (i.Format, i.Coding, i.Mode, i.BitsPerSample))
                .Select(g => new StoredKind(g.Key.Format, g.Key.Coding, g.Key.Mode, g.Key.BitsPerSample, g.Count()))
                .OrderByDescending(k => k.Count).ThenBy(k => k.Format).ThenBy(k => k.Coding).ThenBy(k => k.Mode).ThenBy(k => k.BitsPerSample)],
            Width = SpreadOf(known, i => i.UprightWidth),
            Height = SpreadOf(known, i => i.UprightHeight),
            Aspect = SpreadOf(known, i => (double)i.UprightWidth / i.UprightHeight),
            Megapixels = SpreadOf(known, i => (double)i.Width * i.Height / 1e6),
        };
    }

    private static Spread? SpreadOf(ImageInfo[] images, Converter<ImageInfo, double> number) =>
        images.Length == 0 ? null : Spread.Of(Array.ConvertAll(images, number));
}
