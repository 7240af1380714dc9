using Lockstep.Node.Data.Cache;

namespace Lockstep.Node.Tests.Data.Cache;

/// <summary>Samples of known bytes, and short ways to put them into a cache and out.</summary>
internal static class Bytes
{
    public static byte[] Of(int sample, int length)
    {
        var bytes = new byte[length];
        new Random(sample).NextBytes(bytes);
        return bytes;
    }

    public static void Add(this ISampleCache cache, int sample, int length) => cache.Add(sample, Of(sample, length));

    /// <summary>Null when it is not there.</summary>
    public static byte[]? Read(this ISampleCache cache, int sample)
    {
        byte[] buffer = [];
        var length = cache.Read(sample, ref buffer);
        return length < 0 ? null : buffer[..length];
    }

    /// <summary>Which of the samples are there, each with the right bytes.</summary>
    public static int[] Held(this ISampleCache cache, int samples, int length) => [.. Enumerable.Range(0, samples).Where(sample =>
    {
        var bytes = cache.Read(sample);
        if (bytes is not null) Xunit.Assert.Equal(Of(sample, length), bytes);
        return bytes is not null;
    })];
}
