using System.Runtime.InteropServices;

namespace Lockstep.Node.Posix;

/// <summary>The C library, as much of it as .NET does not offer. Negative (of <see cref="RealPath"/>: null) is failure; the error is the last P/Invoke error.</summary>
internal static unsafe partial class LibC
{
    public const int FileMissing = 2, Interrupted = 4, AccessDenied = 13; // ENOENT, EINTR, EACCES

    private const string Library = "libc";
    private const int MaxPathBytes = 4096;

    // O_NONBLOCK means nothing to a file, and that the other end of a pipe is not waited for.
    private static readonly int s_read = OperatingSystem.IsLinux() ? 0x80000 | 0x800 : 0x1000000 | 0x4; // O_RDONLY | O_CLOEXEC | O_NONBLOCK
    private static readonly int s_append = OperatingSystem.IsLinux() ? 0x1 | 0x400 | 0x80000 : 0x1 | 0x8 | 0x1000000; // O_WRONLY | O_APPEND | O_CLOEXEC
    private static readonly int s_openFiles = OperatingSystem.IsLinux() ? 7 : 8; // RLIMIT_NOFILE

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">UTF-8, with a NUL at its end.</param>
    public static int OpenFile(byte* path) => open(path, s_read);

    /// <summary>Opens a file that is there for writing at its end, wherever that is at the moment of the write.</summary>
    public static int OpenAppending(string path) => open(path, s_append);

    /// <summary>Opens a folder to be synced. Linux only.</summary>
    public static int OpenFolder(string path) => open(path, 0x10000 | 0x80000); // O_RDONLY | O_DIRECTORY | O_CLOEXEC

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, byte* into, nuint bytes);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int descriptor);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    /// <summary>A path without links, "." and ".."; null if nothing is there or it may not be looked at.</summary>
    public static string? RealPath(string path)
    {
        var resolved = stackalloc byte[MaxPathBytes + 1];
        return realpath(path, resolved) is null ? null : Marshal.PtrToStringUTF8((nint)resolved);
    }

    /// <summary>How many files a process may have open, as .NET has set it: the most that it may set.</summary>
    public static long MostOpenFiles()
    {
        Span<nuint> limit = [0, 0]; // the present one, the most
        fixed (nuint* pair = limit) return getrlimit(s_openFiles, pair) == 0 ? (long)nuint.Min(limit[0], int.MaxValue) : 0;
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int open(string path, int flags);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial byte* realpath(string path, byte* resolved);

    [LibraryImport(Library)]
    private static partial int getrlimit(int resource, nuint* limit);
}
