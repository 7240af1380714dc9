using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Cluster.Tests;

/// <summary>
/// A file whose opening hangs in the system for everybody else, as a file of a network disk does whose server is gone: this
/// process has a write lease on it. The system takes it away after a while (Linux: /proc/sys/fs/lease-break-time, 45 s).
/// </summary>
internal sealed partial class FileLease : IDisposable
{
    private const int SetLease = 1024, WriteLease = 1, InputOutput = 29; // F_SETLEASE, F_WRLCK, SIGIO

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _asked; // to give it back, by a signal that would end the process
    private readonly SafeFileHandle _file;

    private FileLease(string path)
    {
        _asked = PosixSignalRegistration.Create((PosixSignal)InputOutput, signal =>
        {
            signal.Cancel = true;
            _opened.TrySetResult();
        });
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Completes when somebody opens the file, and so hangs.</summary>
    public Task Opened => _opened.Task;

    /// <returns>Null if the system or the file system has none to give.</returns>
    public static FileLease? Take(string path)
    {
        var lease = new FileLease(path);
        if (fcntl(lease._file, SetLease, WriteLease) == 0) return lease;
        lease.Dispose();
        return null;
    }

    public void Dispose()
    {
        _file.Dispose();
        _asked.Dispose();
    }

    [LibraryImport("libc")]
    private static partial int fcntl(SafeFileHandle file, int command, int argument);
}
