using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>Images in tar shards, each read at its place.</summary>
/// <param name="location">What was opened, for messages.</param>
/// <param name="folder">Folder of the shards.</param>
/// <param name="table">What is in them.</param>
/// <param name="mostOpen">See <see cref="ShardFiles"/>.</param>
internal sealed class ShardSource(string location, string folder, SampleTable table, int? mostOpen = null) : StoredSource(location, table)
{
    private readonly int[] _firsts = Array.ConvertAll(table.Shards, shard => shard.First);
    private readonly ShardFiles _files = new(folder, table.Shards, mostOpen);

    /// <summary>Reads an image. Allocates nothing once the buffer is large enough and the shard is open.</summary>
    public override int Read(int index, ref byte[] buffer)
    {
        var length = SizeToRead(index);
        SampleBuffer.Reserve(ref buffer, length);
        var shard = Array.BinarySearch(_firsts, index);
        if (shard < 0) shard = ~shard - 1; // in the middle of the one before
        var file = _files.Acquire(shard);
        var done = false;
        try
        {
            var start = (long)Table.Blocks[index] * TarHeader.BlockBytes;
            for (var total = 0; total < length;)
            {
                var read = RandomAccess.Read(file, buffer.AsSpan(total, length - total), start + total);
                if (read == 0) throw new IOException($"the shard '{Table.Shards[shard].Name}' ends at byte {start + total:N0}, before the image does.");
                total += read;
            }
            done = true;
            return length;
        }
        finally
        {
            _files.Release(shard, failed: !done);
        }
    }
}
