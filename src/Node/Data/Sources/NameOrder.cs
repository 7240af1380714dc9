namespace Lockstep.Node.Data.Sources;

/// <summary>
/// The order of names in a folder: that of string.CompareOrdinal, computed on UTF-8. It is that of the bytes, but for
/// letters beyond the basic plane, whose surrogates sort before U+E000..U+FFFF in UTF-16.
/// </summary>
internal static class NameOrder
{
    public static int Compare(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var same = a.CommonPrefixLength(b);
        return same == a.Length || same == b.Length ? a.Length.CompareTo(b.Length) : Rank(a[same]) - Rank(b[same]);
    }

    // Lead bytes: 0xEE and 0xEF begin U+E000..U+FFFF, 0xF0..0xF4 what UTF-16 writes as surrogates.
    private static int Rank(byte value) => value switch
    {
        < 0xEE => value,
        < 0xF0 => value + 5,
        _ => value - 2,
    };
}
