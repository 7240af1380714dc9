namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>What a power cut leaves of a file that is being appended to.</summary>
internal static class TornJournal
{
    private const int LongestCut = 6, LongestGarbage = 40;

    // Only a record that nobody waited for can be torn: mayCut says that the last one is a commit of an ordinary step.

    /// <summary>Cuts a few bytes off the journal's last record, or adds the begin of one that makes no sense; says which.</summary>
    public static string Tear(string folder, bool mayCut, SplitMix64 chance)
    {
        var path = Directory.EnumerateFiles(folder, "*.journal").Single();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        if (mayCut && chance.Below(2) == 0)
        {
            var bytes = 1 + chance.Below(LongestCut);
            file.SetLength(file.Length - bytes);
            return $"{bytes} bytes were cut off the journal";
        }
        var garbage = Enumerable.Range(0, 1 + chance.Below(LongestGarbage)).Select(_ => (byte)chance.Next()).ToArray();
        file.Seek(0, SeekOrigin.End);
        file.Write(garbage);
        return $"{garbage.Length} bytes of garbage were added to the journal";
    }
}
