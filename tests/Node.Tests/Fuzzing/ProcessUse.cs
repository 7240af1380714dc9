using System.Globalization;
using System.Runtime.InteropServices;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>What this process holds: native heap in use, resident memory, and the files that it has opened (also files in memory), by name.</summary>
internal readonly record struct ProcessUse(long NativeBytes, long ResidentBytes, IReadOnlyList<string> Files)
{
    public static ProcessUse Now()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
            GC.WaitForPendingFinalizers();
        }
        var heap = mallinfo2();
        var resident = File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new ProcessUse((long)(heap.InUseBytes + heap.MappedBytes), long.Parse(resident[6..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10, OpenFiles());
    }

    /// <summary>Files that are open and were not, or more often than, at an earlier look.</summary>
    public IReadOnlyList<string> OpenedSince(ProcessUse before)
    {
        var since = Files.ToList();
        foreach (var file in before.Files) since.Remove(file);
        return since;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{NativeBytes:N0} native bytes, {ResidentBytes:N0} resident, {Files.Count} files");

    // The runtime keeps each assembly open twice, from the moment when something in it is first used; and it has pipes,
    // sockets and event queues, and looks into /proc, /sys and /dev. None of this comes of what is read.
    private static List<string> OpenFiles()
    {
        var targets = Directory.GetFileSystemEntries("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget).OfType<string>().ToList();
        var assemblies = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => !assembly.IsDynamic).Select(assembly => assembly.Location).ToHashSet(StringComparer.Ordinal);
        return [.. targets.Where(target => target.StartsWith('/') && !assemblies.Contains(target) && !IsSystem(target))];
    }

    private static bool IsSystem(string path) =>
        path.StartsWith("/proc/", StringComparison.Ordinal) || path.StartsWith("/sys/", StringComparison.Ordinal) || path.StartsWith("/dev/", StringComparison.Ordinal);

    [DllImport("libc")]
    private static extern HeapInfo mallinfo2();

    /// <summary>struct mallinfo2 of glibc's malloc.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct HeapInfo
    {
        public nuint ArenaBytes, FreeChunks, FastChunks, MappedChunks, MappedBytes, Unused, FastBytes, InUseBytes, FreeBytes, TopBytes;
    }
}
