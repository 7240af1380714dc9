namespace Lockstep.World.Tests;

/// <summary>A hash of a text that is the same in every process.</summary>
internal static class TextHash
{
    public static long GetHashCodeOfText(this string text) => text.Aggregate(17L, (hash, c) => hash * 31 + c);
}
