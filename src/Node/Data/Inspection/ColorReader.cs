using System.Diagnostics;
using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Decodes samples and adds up their colours. Not thread-safe: one a worker.</summary>
internal sealed class ColorReader(ISampleSource source) : IDisposable
{
    private readonly ImageDecoder _decoder = new();
    private readonly DecodedImage _image = new();
    private byte[] _file = [];

    /// <returns>Null if the sample cannot be read or decoded.</returns>
    public ImageColors? Read(int sample)
    {
        try
        {
            var length = source.Read(sample, ref _file);
            var started = Stopwatch.GetTimestamp();
            _decoder.Decode(_file.AsSpan(0, length), _image);
            return ImageColors.Of(_image, Stopwatch.GetElapsedTime(started), length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageDecodeException)
        {
            return null;
        }
        catch (OutOfMemoryException e)
        {
            throw DataException.NoMemory(source.NameOf(sample), e);
        }
        finally
        {
            SampleBuffer.Trim(ref _file);
        }
    }

    public void Dispose() => _decoder.Dispose();
}
