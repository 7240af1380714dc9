namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>What a power cut leaves of a file that is being appended to.</summary>
internal static class TornJournal
{
    private const int LongestCut = 6, LongestGarbage = 40;

    /// <summary>Cuts a few bytes off the journal's last record, or adds the begin of one that makes no sense; says which.</summary>
    public static string Tear(string folder, SplitMix64 chance)
    {
        var path = Directory.EnumerateFiles(folder, "*.journal").Single();
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        var bytes = 1 + chance.Below(chance.Below(2) == 0 ? LongestCut : LongestGarbage);
        if (bytes <= LongestCut)
        {
            file.SetLength(file.Length - bytes);
            return $"{bytes} bytes were cut off the journal";
        }
        file.Seek(0, SeekOrigin.End);
        file.Write([.. Enumerable.Range(0, bytes).Select(_ => (byte)chance.Next())]);
        return $"{bytes} bytes of garbage were added to the journal";
    }
}
