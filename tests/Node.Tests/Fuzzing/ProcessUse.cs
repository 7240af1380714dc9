using System.Globalization;
using System.Runtime.InteropServices;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>What this process holds: native heap in use, resident memory, open files.</summary>
internal readonly record struct ProcessUse(long NativeBytes, long ResidentBytes, int Files)
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
        var files = Directory.GetFileSystemEntries("/proc/self/fd").Length;
        return new ProcessUse((long)(heap.InUseBytes + heap.MappedBytes), long.Parse(resident[6..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10, files);
    }

    [DllImport("libc")]
    private static extern HeapInfo mallinfo2();

    /// <summary>struct mallinfo2 of glibc's malloc.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct HeapInfo
    {
        public nuint ArenaBytes, FreeChunks, FastChunks, MappedChunks, MappedBytes, Unused, FastBytes, InUseBytes, FreeBytes, TopBytes;
    }
}
