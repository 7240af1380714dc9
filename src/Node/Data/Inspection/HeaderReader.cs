using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>Reads headers of samples. Not thread-safe: one a worker.</summary>
internal sealed class HeaderReader(ISampleSource source) : IDisposable
{
    private byte[] _file = [];

    /// <returns>Bytes of the file, and its header; null where there is none of any size.</returns>
    public (int Bytes, ImageInfo? Info) Read(int sample)
    {
        try
        {
            var length = source.Read(sample, ref _file);
            return ImageInfo.TryRead(_file.AsSpan(0, length), out var info) && info is { Width: > 0, Height: > 0 } ? (length, info) : (length, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageDecodeException)
        {
            return (0, null);
        }
        finally
        {
            SampleBuffer.Trim(ref _file);
        }
    }

    public void Dispose() => _file = [];
}
