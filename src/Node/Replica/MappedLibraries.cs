namespace Lockstep.Node.Replica;

/// <summary>The native libraries that this process has loaded.</summary>
internal static class MappedLibraries
{
    /// <summary>Their files, each once.</summary>
    public static IEnumerable<string> Paths()
    {
        if (!File.Exists("/proc/self/maps")) return [];
        return File.ReadLines("/proc/self/maps").Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(File.Exists).Distinct();
    }
}
