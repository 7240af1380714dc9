using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Node.Data.Shards;

/// <summary>
/// Makes samples of the files of shards, as WebDataset does: files that follow each other and whose paths are equal up to
/// the first dot of the last part (the key) are one sample. Its image is the file that has nothing but an image's
/// extension behind the key (or, if there is none, the one that ends in such), its label the one that ends in .cls.
/// </summary>
internal sealed class ShardSamples
{
    private const int MaxLabelBytes = 32, MaxLabel = 1_000_000;

    private readonly SampleTableBuilder _samples = new();
    private readonly byte[] _key = new byte[SampleTableBuilder.MaxNameBytes], _image = new byte[SampleTableBuilder.MaxNameBytes];
    private int _keyBytes = -1, _imageBytes, _plain, _other, _label = -1;
    private long _size;
    private uint _block;

    public int Count => _samples.Count;

    /// <summary>Samples that had a label.</summary>
    public int Labelled { get; private set; }

    /// <summary>The largest label.</summary>
    public int LargestLabel { get; private set; } = -1;

    /// <summary>Takes all samples of a shard.</summary>
    /// <param name="progress">Is told now and then how many there are.</param>
    /// <exception cref="DataException">The shard is damaged, or not made of samples.</exception>
    public void AddAll(Stream tar, string shard, Action<long>? progress)
    {
        var scan = new TarScan(tar, shard);
        while (scan.Next()) Take(scan, tar, shard, progress);
        Finish(shard, progress);
    }

    /// <summary>The table. Labels are numbers; without any, the first part of the names is the class, if every name has one.</summary>
    /// <param name="classes">Names by label; null: their numbers.</param>
    public SampleTable Build(ShardEntry[] shards, string[]? classes) => Labelled == 0
        ? _samples.Build(shards)
        : _samples.BuildLabelled(classes ?? [.. Enumerable.Range(0, LargestLabel + 1).Select(n => n.ToString(CultureInfo.InvariantCulture))], shards);

    private void Take(TarScan scan, Stream tar, string shard, Action<long>? progress)
    {
        var name = WithoutStart(scan.Name);
        if (IsHidden(name)) return;
        var part = name.LastIndexOf((byte)'/') + 1;
        var dot = name[part..].IndexOf((byte)'.');
        if (dot < 0) return; // no key
        var key = name[..(part + dot)];
        var extension = name[(part + dot + 1)..];
        if (_keyBytes < 0 || !key.SequenceEqual(_key.AsSpan(0, _keyBytes)))
        {
            Finish(shard, progress);
            key.CopyTo(_key);
            _keyBytes = key.Length;
        }
        if (Ascii.EqualsIgnoreCase(extension, "cls"u8)) _label = Label(scan, tar, shard);
        else if (ImageNames.IsImageExtension(extension)) TakeImage(scan, name, shard, ref _plain);
        else if (ImageNames.IsImageExtension(extension[(extension.LastIndexOf((byte)'.') + 1)..]) && _plain == 0) TakeImage(scan, name, shard, ref _other);
    }

    private void TakeImage(TarScan scan, ReadOnlySpan<byte> name, string shard, ref int count)
    {
        if (count++ > 0) return; // Finish tells
        if (IsImagePath(scan.OwnName)) name = scan.OwnName;
        // Names are asked for as text: one that is none must read the same ever after.
        if (!Utf8.IsValid(name)) name = Encoding.UTF8.GetBytes(NameOf(name));
        if (name.Length > _image.Length) throw new DataException($"'{shard}' has a name of {name.Length:N0} bytes. Make this shard again with shorter names.");
        if (scan.DataOffset / TarHeader.BlockBytes > uint.MaxValue) throw new DataException($"'{shard}' is longer than 2 TiB. Make smaller shards.");
        name.CopyTo(_image);
        (_imageBytes, _size, _block) = (name.Length, scan.SizeBytes, (uint)(scan.DataOffset / TarHeader.BlockBytes));
    }

    private void Finish(string shard, Action<long>? progress)
    {
        if (_plain > 1 || (_plain == 0 && _other > 1))
            throw new DataException($"'{shard}' has {(_plain > 1 ? _plain : _other)} images of one key, '{NameOf(_key.AsSpan(0, _keyBytes))}': in a shard the name up to its first dot tells samples apart. Pack the images again with 'lockstep data pack', which gives each its own.");
        if (_label >= 0 && _plain + _other == 0)
            throw new DataException($"'{NameOf(_key.AsSpan(0, _keyBytes))}.cls' in '{shard}' has no image ({ImageNames.Extensions}) beside it: the files of a sample must follow each other. Make this shard again with 'tar --sort=name', or with 'lockstep data pack'.");
        if (_plain + _other > 0)
        {
            if (Labelled != (_label < 0 ? 0 : _samples.Count)) throw Unlabelled(shard);
            if (_label >= 0) Labelled++;
            LargestLabel = Math.Max(LargestLabel, _label);
            _samples.Add(_image.AsSpan(0, _imageBytes), _size, _label, _block);
            if (_samples.Count % 1000 == 0) progress?.Invoke(_samples.Count);
        }
        (_keyBytes, _plain, _other, _label) = (-1, 0, 0, -1);
    }

    private DataException Unlabelled(string shard) =>
        new($"some images of the shards have a label (.cls) and some do not; the first that differs from those before is '{NameOf(_image.AsSpan(0, _imageBytes))}' in '{shard}'. Give a label to each, or to none.");

    private static int Label(TarScan scan, Stream tar, string shard)
    {
        Span<byte> text = stackalloc byte[MaxLabelBytes];
        var length = (int)Math.Min(scan.SizeBytes, MaxLabelBytes);
        tar.Position = scan.DataOffset;
        length = tar.ReadAtLeast(text[..length], length, throwOnEndOfStream: false);
        return scan.SizeBytes <= MaxLabelBytes && PaxRecords.TryDecimal(text[..length].Trim(" \t\r\n\0"u8), out var label) && label <= MaxLabel
            ? (int)label
            : throw new DataException($"'{NameOf(scan.Name)}' in '{shard}' is no label: it must hold one number from 0 to {MaxLabel:N0}. Mend it, or leave the .cls files out when you make the shards.");
    }

    // tar -C folder . writes "./" before each name.
    private static ReadOnlySpan<byte> WithoutStart(ReadOnlySpan<byte> name)
    {
        while (name.StartsWith("./"u8) || name.StartsWith("/"u8)) name = name[(name[0] == '.' ? 2 : 1)..];
        return name;
    }

    // As in a folder: what begins with '.' is left out.
    private static bool IsHidden(ReadOnlySpan<byte> name) => name.StartsWith("."u8) || name.IndexOf("/."u8) >= 0;

    private static bool IsImagePath(ReadOnlySpan<byte> name) =>
        name.LastIndexOf((byte)'.') is > 0 and var dot && ImageNames.IsImageExtension(name[(dot + 1)..]) && !IsHidden(name) && name[0] != '/';

    private static string NameOf(ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
