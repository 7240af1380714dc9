namespace Lockstep.Protos;

/// <summary>Ranges of microbatches between messages and <see cref="MicrobatchSet"/>.</summary>
public static class MicrobatchRanges
{
    /// <summary>The set that ranges of a message name. Ranges outside [0, microbatches) are cut off.</summary>
    public static MicrobatchSet ToSet(this IEnumerable<MicrobatchRange> ranges, int microbatches) => MicrobatchSet.Of(
        ranges.Select(range => Clip(range, microbatches)).Where(range => range.Count > 0));

    /// <summary>The set as ranges of a message.</summary>
    public static IEnumerable<MicrobatchRange> ToMessages(this MicrobatchSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        return set.Ranges.Select(range => range.ToMessage());
    }

    public static MicrobatchRange ToMessage(this MicrobatchBlock range) => new() { First = range.First, Count = range.Count };

    public static MicrobatchBlock ToBlock(this MicrobatchRange? range) => range is null ? default : new(range.First, range.Count);

    private static MicrobatchBlock Clip(MicrobatchRange range, int microbatches)
    {
        var first = Math.Clamp(range.First, 0, microbatches);
        return new(first, (int)Math.Clamp((long)range.First + range.Count - first, 0, microbatches - first));
    }
}
