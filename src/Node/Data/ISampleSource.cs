using Lockstep.Node.Images;

namespace Lockstep.Node.Data;

/// <summary>The images of a run, numbered in an order that every node agrees on. Safe for use by many threads.</summary>
public interface ISampleSource
{
    int Count { get; }

    /// <summary>First sample of each shard, ascending, starting with 0: samples that lie next to each other in storage. One entry for a source without shards.</summary>
    IReadOnlyList<long> ShardStarts { get; }

    /// <summary>Name of a sample, the same on every node: the path relative to the folder of the data.</summary>
    string NameOf(int index);

    /// <summary>Index into <see cref="Classes"/>; null if the samples have no classes.</summary>
    int? LabelOf(int index);

    /// <summary>Names of the classes in label order; empty if the samples have none.</summary>
    IReadOnlyList<string> Classes { get; }

    /// <summary>SHA-256 (lower-case hex) over names and sizes: equal on two nodes that hold the same files.</summary>
    string Fingerprint { get; }

    /// <summary>Where the samples lie, for messages: a path, or a pattern of paths. Empty if that is nowhere.</summary>
    string Location => "";

    /// <summary>Reads a sample's file to the start of a buffer that is replaced by a larger one where needed.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="IOException">The file cannot be read, at present or on this node (also <see cref="UnauthorizedAccessException"/>).</exception>
    /// <exception cref="ImageDecodeException">It is known to be no image without a look at it, at any time and on every node.</exception>
    int Read(int index, ref byte[] buffer);
}
