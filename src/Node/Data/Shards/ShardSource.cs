using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>Images in tar shards, each read at its place.</summary>
internal sealed class ShardSource(string folder, SampleTable table) : StoredSource(table)
{
    private readonly int[] _firsts = Array.ConvertAll(table.Shards, shard => shard.First);
    private readonly ShardFiles _files = new(folder, table.Shards);

    /// <summary>Reads an image. Allocates nothing once the buffer is large enough and the shard is open.</summary>
    public override int Read(int index, ref byte[] buffer)
    {
        var length = Table.Sizes[index];
        RefuseLarge(length);
        Grow(ref buffer, length);
        var shard = Array.BinarySearch(_firsts, index);
        if (shard < 0) shard = ~shard - 1; // in the middle of the one before
        var file = _files.Acquire(shard);
        var done = false;
        try
        {
            var start = (long)Table.Blocks[index] * TarHeader.BlockBytes;
            for (var total = 0; total < length;)
            {
                var read = RandomAccess.Read(file, buffer.AsSpan(total, (int)length - total), start + total);
                if (read == 0) throw new IOException($"the shard '{Table.Shards[shard].Name}' ends at byte {start + total:N0}, before the image does.");
                total += read;
            }
            done = true;
            return (int)length;
        }
        finally
        {
            _files.Release(shard, failed: !done);
        }
    }
}
