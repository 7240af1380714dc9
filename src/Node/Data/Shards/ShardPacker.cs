using System.Text;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Shards;

/// <summary>
/// Packs images into tar shards (WebDataset naming), in their order: shard-000000.tar and so on, labels as .cls files and
/// their names in classes.txt if there are classes, and the index. The packed images have the order, names, labels and
/// fingerprint of the source. Equal sources make equal bytes.
/// </summary>
public sealed class ShardPacker
{
    private const int MostExamples = 10;

    private readonly StoredSource _source;
    private readonly string _folder;
    private readonly PackOptions _options;
    private byte[] _image = [];

    private ShardPacker(StoredSource source, string folder, PackOptions options) => (_source, _folder, _options) = (source, folder, options);

    /// <summary>Packs what is not packed yet. A shard is there whole or not at all, also after a cancellation or a power cut.</summary>
    /// <param name="folder">An empty folder, or one that the same source was packed into before.</param>
    /// <param name="progress">Is told how many samples are done.</param>
    /// <exception cref="DataException">The folder holds something else, the disk is full, an image cannot be read.</exception>
    /// <exception cref="OperationCanceledException">On request; packing again goes on.</exception>
    public static PackResult Pack(StoredSource source, string folder, PackOptions options, Action<long>? progress, CancellationToken cancellation) =>
        new ShardPacker(source, Path.GetFullPath(folder), options).Pack(progress, cancellation);

    private PackResult Pack(Action<long>? progress, CancellationToken cancellation)
    {
        var (renamed, examples) = (0, new List<string>());
        var plan = PackPlan.Of(_source, _options, name =>
        {
            if (renamed++ < MostExamples) examples.Add($"{name.OwnName} -> {name.Image}");
        });
        Begin(plan.Count);
        var (names, written) = (new MemberNames(), 0);
        foreach (var shard in plan)
        {
            if (IsThere(shard))
            {
                for (var i = 0; i < shard.Count; i++) names.Next(_source.NameOf(shard.First + i));
                continue;
            }
            Write(shard, names, progress, cancellation);
            written++;
        }
        var data = SampleSource.Index(_folder, progress: _ => cancellation.ThrowIfCancellationRequested());
        if (data.Source.Fingerprint != _source.Fingerprint)
            throw new DataException($"the shards in '{_folder}' are not what was packed: their fingerprint is {data.Source.Fingerprint}, not {_source.Fingerprint}. Check the disk, delete the folder and pack again.");
        return new PackResult(data, plan.Count, written, plan.Sum(shard => shard.SizeBytes), renamed, examples);
    }

    private void Begin(int shards)
    {
        var record = PackRecord.Of(_source, _options, shards);
        WhileWriting(_folder, () =>
        {
            Directory.CreateDirectory(_folder);
            if (PackRecord.Read(_folder) is { } before)
            {
                if (before != record)
                    throw new DataException($"'{_folder}' holds shards of other images, of other labels or class names, or of other sizes (--samples-per-shard {before.SamplesPerShard}). Choose another folder, or delete this one.");
                return;
            }
            var top = FolderTop.Read(_folder);
            if (top.Shards.Count > 0 || top.Entries > 0)
                throw new DataException($"'{_folder}' is not empty. Choose a folder that is empty or not there yet.");
            if (_source.Classes.Count > 0) DurableFile.Write(Path.Join(_folder, TarShards.ClassesFile), WriteClasses);
            record.Write(_folder);
        });
    }

    private void WriteClasses(Stream file)
    {
        foreach (var name in _source.Classes)
        {
            if (name.AsSpan().ContainsAny('\n', '\r')) throw new DataException($"the class '{name}' has a line end in its name and cannot be written to {TarShards.ClassesFile}. Rename its folder.");
            file.Write(Encoding.UTF8.GetBytes(name + "\n"));
        }
    }

    private bool IsThere(PackedShard shard)
    {
        var file = new FileInfo(Path.Join(_folder, shard.Name));
        if (!file.Exists) return false;
        return file.Length == shard.SizeBytes
            ? true
            : throw new DataException($"'{file.FullName}' has {file.Length:N0} bytes, not the {shard.SizeBytes:N0} that packing gives it. Delete it, then pack again.");
    }

    private void Write(PackedShard shard, MemberNames names, Action<long>? progress, CancellationToken cancellation)
    {
        var target = Path.Join(_folder, shard.Name);
        WhileWriting(target, () => DurableFile.Publish(target, stream => Write(stream, shard, names, progress, cancellation)));
    }

    private void Write(Stream stream, PackedShard shard, MemberNames names, Action<long>? progress, CancellationToken cancellation)
    {
        var tar = new TarWriter(stream);
        for (var i = shard.First; i < shard.First + shard.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var name = names.Next(_source.NameOf(i));
            tar.Add(name.Image, Image(i), name.OwnName);
            SampleBuffer.Trim(ref _image);
            if (_source.LabelOf(i) is { } label) tar.Add(name.Label, Encoding.ASCII.GetBytes(PackPlan.LabelText(label)));
            progress?.Invoke(i + 1);
        }
        tar.End();
    }

    private ReadOnlySpan<byte> Image(int index)
    {
        int length;
        try
        {
            length = _source.Read(index, ref _image);
        }
        catch (ImageDecodeException e)
        {
            throw new DataException($"'{_source.NameOf(index)}' cannot be packed: {e.Message}. Take it out of the dataset, then pack into an empty folder.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{_source.NameOf(index)}' cannot be read: {e.Message.TrimEnd('.')}. Check the disk or the mount, then run the same command again: it goes on where it was.", e);
        }
        return _image.AsSpan(0, length);
    }

    private static void WhileWriting(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"'{what}' cannot be written: {e.Message.TrimEnd('.')}. Shards that are there are whole. Free some space or mend the folder, then run the same command again: it goes on where it was.", e);
        }
    }
}
