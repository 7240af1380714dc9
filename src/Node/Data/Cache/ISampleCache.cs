namespace Lockstep.Node.Data.Cache;

/// <summary>
/// Keeps encoded samples until a budget is full, and then keeps what it has: an epoch visits each sample once, so whatever
/// would be thrown out for a newer one is wanted before that one is wanted again, and a share s of the data in the cache
/// gives a share s of hits; LRU would give none (Mohan et al. 2021, "Analyzing and Mitigating Data Stalls in DNN Training",
/// MinIO). Safe for use by many threads.
/// </summary>
internal interface ISampleCache : IDisposable
{
    /// <summary>Samples in it.</summary>
    int Samples { get; }

    /// <summary>Bytes of them.</summary>
    long Bytes { get; }

    /// <summary>Copies a sample to the start of a buffer that is replaced by a larger one where needed. No managed allocation otherwise.</summary>
    /// <returns>Its bytes; -1 when it is not there.</returns>
    int Read(int index, ref byte[] buffer);

    /// <summary>Keeps a sample if there is room. Never throws for want of room.</summary>
    void Add(int index, ReadOnlySpan<byte> bytes);
}
