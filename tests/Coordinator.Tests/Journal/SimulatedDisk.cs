using Lockstep.Coordinator.Journal;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>
/// A disk with one file, as unkind as real ones: a power cut leaves any part of what was not synced, sector by sector, with
/// zeros or garbage in between, and either name of a file just renamed; a failed sync forgets what it was to write.
/// </summary>
internal sealed class SimulatedDisk(int seed) : IJournalFile
{
    private readonly Random _random = new(seed);
    private SimulatedInode? _safe; // where the name leads after a power cut, for certain
    private SimulatedInode? _current;

    public string Name => "/runs/a/coordinator.journal";

    /// <summary>Bytes that fit.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>So many of the next syncs fail.</summary>
    public int FailingSyncs { get; set; }

    /// <summary>Cutting the file off fails, too.</summary>
    public bool FailingCuts { get; set; }

    /// <summary>The power goes at the n-th point from now, a point being before and after each thing that reaches the disk.</summary>
    public int? PowerCutAt { get; set; }

    public int Syncs { get; private set; }

    public int Replacements { get; private set; }

    /// <summary>What a reader of the file would find now.</summary>
    public byte[] Content => _current?.Cached ?? [];

    public static SimulatedDisk With(byte[] content)
    {
        var inode = new SimulatedInode(content);
        return new(0) { _safe = inode, _current = inode };
    }

    /// <summary>What the power cut has left becomes all there is.</summary>
    public void Restart()
    {
        var named = _random.Next(2) == 0 ? _safe : _current;
        _safe = _current = named is null ? null : new(named.Torn(_random));
        (Capacity, FailingSyncs, FailingCuts, PowerCutAt) = (long.MaxValue, 0, false, null);
    }

    public byte[] ReadAll() => [.. Content];

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = Math.Max(0, Capacity - _current!.Cached.Length);
        if (PowerCutAt == 1) room = Math.Min(room, _random.Next(bytes.Length + 1));
        _current.Append(bytes[..(int)Math.Min(room, bytes.Length)]);
        Point();
        if (room < bytes.Length) throw new IOException("No space left on device.");
    }

    public void Sync()
    {
        Point();
        Syncs++;
        if (FailingSyncs > 0)
        {
            FailingSyncs--;
            _current!.FailSync(_random);
            throw new IOException("Input/output error.");
        }
        _current!.Sync();
        _safe = _current;
        Point();
    }

    public void SetLength(long length)
    {
        if (FailingCuts) throw new IOException("Input/output error.");
        Point();
        _current!.Cut((int)length);
        Point();
    }

    public void Replace(ReadOnlySpan<byte> bytes)
    {
        Point();
        if (Capacity - Content.Length < bytes.Length) throw new IOException("No space left on device.");
        _current = new(bytes.ToArray());
        Replacements++;
        Point();
    }

    public void Dispose()
    {
    }

    private void Point()
    {
        if (PowerCutAt is null || --PowerCutAt > 0) return;
        PowerCutAt = 1; // and stays off
        throw new PowerCutException();
    }
}
