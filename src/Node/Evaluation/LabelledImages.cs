using Lockstep.Models;
using Lockstep.Models.Chance;
using Lockstep.Node.Augment;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;

namespace Lockstep.Node.Evaluation;

/// <summary>Images, usually in class folders, as evaluation sees them: shorter side resized, centre cropped, normalised.</summary>
public sealed class LabelledImages : IDisposable
{
    private readonly ISampleSource _source;
    private readonly EvaluationTransform _transform;
    private readonly ViewAugmenter _augmenter = new();
    private readonly ImageDecoder _decoder = new();
    private readonly DecodedImage _image = new();
    private byte[] _file = [];

    /// <param name="data">What <see cref="SampleSource"/> opens.</param>
    /// <param name="imageSize">Side of the view, pixels.</param>
    /// <param name="warn">Is told of an index that cannot be used.</param>
    /// <param name="resizeSide">Length of the shorter side before the cut; imageSize * 256 / 224 where null.</param>
    /// <exception cref="DataException">There are no images, or no classes where labels are needed.</exception>
    public LabelledImages(string data, int imageSize, IReadOnlyList<double> mean, IReadOnlyList<double> std, bool needLabels = true, Action<string>? warn = null, int? resizeSide = null)
        : this(SampleSource.Open(data, warn), imageSize, mean, std, resizeSide)
    {
        if (needLabels && _source.Classes.Count < 2)
            throw new DataException($"'{data}' has {_source.Classes.Count} classes; evaluation needs labels: one folder a class (or shards with .cls files), at least two.");
    }

    /// <param name="source">Images that are listed already.</param>
    internal LabelledImages(ISampleSource source, int imageSize, IReadOnlyList<double> mean, IReadOnlyList<double> std, int? resizeSide = null)
    {
        (_source, Mean, Std) = (source, mean, std);
        (ImageSize, _transform) = (imageSize, new EvaluationTransform(imageSize, mean, std, resizeSide));
    }

    /// <summary>One file, whatever its name.</summary>
    /// <exception cref="DataException">There is no such file.</exception>
    public static LabelledImages OfFile(string path, int imageSize, IReadOnlyList<double> mean, IReadOnlyList<double> std, int? resizeSide = null) =>
        new(new OneFile(path), imageSize, mean, std, resizeSide);

    public int ImageSize { get; }

    /// <summary>Of the normalisation, a channel, on [0,1].</summary>
    public IReadOnlyList<double> Mean { get; }

    /// <summary>Of the normalisation, a channel, on [0,1].</summary>
    public IReadOnlyList<double> Std { get; }

    public int Count => _source.Count;

    public IReadOnlyList<string> Classes => _source.Classes;

    public int LabelOf(int index) => _source.LabelOf(index) ?? throw new DataException($"'{_source.NameOf(index)}' has no class");

    public string NameOf(int index) => _source.NameOf(index);

    /// <exception cref="DataException">The other images have other classes.</exception>
    public void RequireSameClasses(LabelledImages other)
    {
        if (!Classes.SequenceEqual(other.Classes))
            throw new DataException($"the two folders have different classes: {string.Join(", ", Classes.Except(other.Classes).Concat(other.Classes.Except(Classes)).Take(5))}. Give folders with the same class folders.");
    }

    /// <summary>Reads one image into planar float32 [3, S, S], normalised. Not thread-safe.</summary>
    /// <exception cref="ImageDecodeException">The file is not an image that can be read; the message names it.</exception>
    /// <exception cref="DataException">The file cannot be read, or there is not enough memory; the message names it.</exception>
    public void Read(int index, Span<float> pixels)
    {
        Decode(index);
        _transform.Apply(_image, pixels);
    }

    /// <summary>As <see cref="Read(int, Span{float})"/>, but false for a broken image, once it is reported.</summary>
    /// <param name="reportBroken">Is told which image is left out, and why.</param>
    public bool TryRead(int index, Span<float> pixels, Action<string> reportBroken)
    {
        try
        {
            Read(index, pixels);
            return true;
        }
        catch (ImageDecodeException e)
        {
            reportBroken(e.Message);
            return false;
        }
    }

    /// <summary>What is said where all images were broken.</summary>
    internal static DataException NoneOf(int images) => new($"none of the {images} images could be read; the warnings name them");

    /// <summary>Reads one view as training sees it.</summary>
    /// <inheritdoc cref="Read(int, Span{float})"/>
    /// <param name="view">Says what is drawn; its size must be <see cref="ImageSize"/>.</param>
    /// <param name="chance">Keyed by the caller.</param>
    public void Read(int index, ViewSpec view, ref Philox chance, Span<float> pixels)
    {
        Decode(index);
        _augmenter.Augment(_image, view, ref chance, pixels);
    }

    public void Dispose() => _decoder.Dispose();

    /// <summary>Normalised planar pixels back to interleaved RGB bytes, [S, S, 3].</summary>
    public byte[] ToRgb(ReadOnlySpan<float> pixels)
    {
        var plane = ImageSize * ImageSize;
        var rgb = new byte[3 * plane];
        for (var i = 0; i < rgb.Length; i++)
        {
            var channel = i % 3;
            var value = pixels[channel * plane + i / 3] * Std[channel] + Mean[channel];
            rgb[i] = (byte)Math.Clamp(Math.Round(value * 255), 0, 255);
        }
        return rgb;
    }

    private void Decode(int index)
    {
        try
        {
            var length = _source.Read(index, ref _file);
            _decoder.Decode(_file.AsSpan(0, length), _image);
        }
        catch (ImageDecodeException e)
        {
            throw new ImageDecodeException(e.Fault, $"'{_source.NameOf(index)}': {e.Message}");
        }
        catch (OutOfMemoryException e)
        {
            throw DataException.NoMemory(_source.NameOf(index), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{_source.NameOf(index)}' in '{_source.Location}' cannot be read: {e.Message.TrimEnd('.')}. Check the disk or the mount, and the right to read it; then run the same command again.", e);
        }
        finally
        {
            SampleBuffer.Trim(ref _file);
        }
    }
}
