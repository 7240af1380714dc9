using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>A line in a file that outlives the process which wrote it.</summary>
internal sealed class CaseNote(string path) : IDisposable
{
    private const int LineBytes = 64;

    private readonly SafeFileHandle _file = File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    public static string Read(string path) => File.Exists(path) ? File.ReadAllText(path).TrimEnd() : "";

    public void Write(string line) => RandomAccess.Write(_file, Encoding.ASCII.GetBytes(line.PadRight(LineBytes)), 0);

    public void Dispose() => _file.Dispose();
}
