using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Data.Reading;
using Lockstep.Node.Images;

namespace Lockstep.Node.Data;

/// <summary>
/// Reads and decodes one sample and cuts all its views. What comes out depends on the source, the seed and the
/// position, nothing else. Not thread-safe: one a worker, its buffers are used again.
/// </summary>
/// <param name="source">The images.</param>
/// <param name="seed">The run's seed.</param>
/// <param name="views">What is cut from each.</param>
/// <param name="broken">The node's record of broken files.</param>
/// <param name="reads">How the source is read; null: a read that fails is not retried.</param>
/// <param name="stop">Ends a read that is being retried.</param>
public sealed class SampleLoader(
    ISampleSource source, ulong seed, IReadOnlyList<ViewSpec> views, BrokenSamples broken, SampleReads? reads = null, CancellationToken stop = default) : IDisposable
{
    /// <summary>Substitutes that are tried before the data is given up.</summary>
    public const int MaxAttempts = 100;

    private readonly SampleReads _reads = reads ?? new SampleReads(source, TimeSpan.Zero, TimeProvider.System);
    private readonly ImageDecoder _decoder = new();
    private readonly DecodedImage _image = new();
    private readonly ViewAugmenter _augmenter = new();
    private byte[] _file = [];

    /// <summary>Loads a sample into row <paramref name="row"/> of each view.</summary>
    /// <param name="position">Which sample, in which epoch.</param>
    /// <param name="into">A buffer a view, [B, 3, S, S].</param>
    /// <param name="row">Place in the microbatch.</param>
    /// <exception cref="DataException">Too many samples are broken, or a file cannot be read.</exception>
    public void Load(SamplePosition position, IReadOnlyList<Memory<float>> into, int row)
    {
        Decode(position);
        for (var view = 0; view < views.Count; view++)
        {
            var floats = 3 * views[view].Size * views[view].Size;
            // Keyed by the place, not by the substitute, which may have crops of its own in this epoch.
            var draw = ViewDraw.OfView(views, view, _image.Width, _image.Height, seed, position.Epoch, position.Sample);
            _augmenter.Augment(_image, views[view], draw, into[view].Span.Slice(row * floats, floats));
        }
    }

    public void Dispose() => _decoder.Dispose();

    private void Decode(SamplePosition position)
    {
        if (TryDecode(position.Sample))
        {
            broken.Seen();
            return;
        }
        broken.Replace();
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var chance = new Philox(ChanceDomain.Substitute, seed, (ulong)position.Epoch, (ulong)position.Sample, (ulong)attempt);
            if (!TryDecode(chance.NextInt(source.Count))) continue;
            broken.Seen();
            return;
        }
        throw new DataException($"'{source.NameOf(position.Sample)}' is broken, and so are {MaxAttempts} other images tried in its place. Check that the dataset is complete; the log names the files.");
    }

    private bool TryDecode(int index)
    {
        try
        {
            var length = _reads.Read(index, ref _file, stop);
            _decoder.Decode(_file.AsSpan(0, length), _image);
            return true;
        }
        catch (ImageDecodeException e)
        {
            broken.Name(index, source.NameOf(index), e.Message);
            return false;
        }
        catch (OutOfMemoryException e)
        {
            throw DataException.NoMemory(source.NameOf(index), e);
        }
        finally
        {
            SampleBuffer.Trim(ref _file);
        }
    }
}
