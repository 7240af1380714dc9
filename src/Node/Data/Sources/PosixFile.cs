using System.Runtime.InteropServices;
using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// open, read and close of libc: .NET's own file handles allocate for every file, and a million files are read an epoch.
/// A ref struct: it lives and is closed within one method.
/// </summary>
internal readonly unsafe ref partial struct PosixFile
{
    private const int Missing = 2, Interrupted = 4, Denied = 13; // ENOENT, EINTR, EACCES
    private readonly int _descriptor;

    private PosixFile(int descriptor) => _descriptor = descriptor;

    // O_RDONLY | O_CLOEXEC
    private static int Flags => OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    /// <param name="path">UTF-8 with a NUL at its end.</param>
    /// <exception cref="IOException">Why the file cannot be opened (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static PosixFile Open(ReadOnlySpan<byte> path)
    {
        fixed (byte* text = path)
        {
            while (true)
            {
                var descriptor = open(text, Flags);
                if (descriptor >= 0) return new PosixFile(descriptor);
                if (Marshal.GetLastPInvokeError() is var error && error != Interrupted) throw Failure(error, Encoding.UTF8.GetString(path.TrimEnd((byte)0)));
            }
        }
    }

    /// <summary>Bytes read; 0 at the end of the file or for no room.</summary>
    /// <exception cref="IOException">Why the file cannot be read.</exception>
    public int Read(Span<byte> into)
    {
        fixed (byte* target = into)
        {
            while (true)
            {
                var bytes = read(_descriptor, target, (nuint)into.Length);
                if (bytes >= 0) return (int)bytes;
                if (Marshal.GetLastPInvokeError() is var error && error != Interrupted) throw new IOException(Marshal.GetPInvokeErrorMessage(error) + ".");
            }
        }
    }

    public void Dispose() => _ = close(_descriptor);

    // The exceptions that .NET's own files throw.
    private static Exception Failure(int error, string path)
    {
        var message = $"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'.";
        return error switch
        {
            Missing => new FileNotFoundException(message, path),
            Denied => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int open(byte* path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, byte* into, nuint bytes);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
