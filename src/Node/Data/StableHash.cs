namespace Lockstep.Node.Data;

/// <summary>A hash of text that is the same in every process, since files are named or marked by it.</summary>
internal static class StableHash
{
    /// <summary>FNV-1a over the UTF-16 units, 64 bits.</summary>
    public static ulong Of(ReadOnlySpan<char> text)
    {
        var hash = 14695981039346656037ul;
        foreach (var letter in text) hash = unchecked((hash ^ letter) * 1099511628211ul);
        return hash;
    }
}
