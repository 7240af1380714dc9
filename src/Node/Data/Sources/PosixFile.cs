using System.Runtime.InteropServices;
using System.Text;
using Lockstep.Node.Posix;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// open, read and close of libc: .NET's own file handles allocate for every file, and a million files are read an epoch.
/// A ref struct: it lives and is closed within one method.
/// </summary>
internal readonly unsafe ref struct PosixFile
{
    private readonly int _descriptor;

    private PosixFile(int descriptor) => _descriptor = descriptor;

    /// <param name="path">UTF-8 with a NUL at its end.</param>
    /// <exception cref="IOException">Why the file cannot be opened (also <see cref="UnauthorizedAccessException"/>).</exception>
    public static PosixFile Open(ReadOnlySpan<byte> path)
    {
        fixed (byte* text = path)
        {
            while (true)
            {
                var descriptor = LibC.OpenFile(text);
                if (descriptor >= 0) return new PosixFile(descriptor);
                if (Marshal.GetLastPInvokeError() is var error && error != LibC.Interrupted) throw Failure(error, Encoding.UTF8.GetString(path.TrimEnd((byte)0)));
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
                var bytes = LibC.Read(_descriptor, target, (nuint)into.Length);
                if (bytes >= 0) return (int)bytes;
                if (Marshal.GetLastPInvokeError() is var error && error != LibC.Interrupted) throw new IOException(Marshal.GetPInvokeErrorMessage(error) + ".");
            }
        }
    }

    public void Dispose() => _ = LibC.Close(_descriptor);

    // The exceptions that .NET's own files throw.
    private static Exception Failure(int error, string path)
    {
        var message = $"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'.";
        return error switch
        {
            LibC.FileMissing => new FileNotFoundException(message, path),
            LibC.AccessDenied => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }
}
