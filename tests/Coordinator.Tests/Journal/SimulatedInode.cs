namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>A file's content in the cache and on the platter.</summary>
internal sealed class SimulatedInode(byte[] content)
{
    private byte[] _platter = content;
    private int _clean; // bytes that the cache takes for written after a failed sync, and will not write again

    public byte[] Cached { get; private set; } = content;

    public void Append(ReadOnlySpan<byte> bytes) => Cached = [.. Cached, .. bytes];

    public void Cut(int length)
    {
        Cached = Cached[..length];
        _clean = Math.Min(_clean, length);
    }

    public void Sync()
    {
        var platter = Cached.ToArray();
        Array.Clear(platter, 0, _clean);
        _platter.AsSpan(0, Math.Min(_clean, _platter.Length)).CopyTo(platter);
        _platter = platter;
    }

    public void FailSync(Random random)
    {
        _platter = Torn(random);
        _clean = Cached.Length;
    }

    /// <summary>What a power cut may leave: any mixture of both.</summary>
    public byte[] Torn(Random random)
    {
        if (_platter.AsSpan().SequenceEqual(Cached)) return _platter;
        var garbage = random.Next(2) == 0 ? random.Next(20) : 0;
        var length = random.Next(Math.Min(_platter.Length, Cached.Length), Math.Max(_platter.Length, Cached.Length) + 1);
        var torn = new byte[length + garbage];
        random.NextBytes(torn.AsSpan(length));
        var at = Cached.AsSpan(0, Math.Min(length, Cached.Length)).CommonPrefixLength(_platter);
        Cached.AsSpan(0, at).CopyTo(torn);
        for (var sector = 0; at < length; at += sector)
        {
            sector = Math.Min(length - at, 1 + random.Next(Math.Max(24, length / 10)));
            FillSector(torn.AsSpan(at, sector), at, random);
        }
        return torn;
    }

    private void FillSector(Span<byte> sector, int at, Random random)
    {
        var kind = random.Next(8);
        if (kind == 0) random.NextBytes(sector);
        var (first, second) = kind < 5 ? (_platter, Cached) : (Cached, _platter);
        if (kind > 1) Copy(second, sector, at); // kinds 0 and 1: garbage or zeros where the platter has nothing
        Copy(first, sector, at);
    }

    private static void Copy(byte[] from, Span<byte> sector, int at)
    {
        if (at < from.Length) from.AsSpan(at, Math.Min(sector.Length, from.Length - at)).CopyTo(sector);
    }
}
