namespace Lockstep.Cli.Launch;

/// <summary>lockstep.log of a run folder: the output of all its processes, line by line.</summary>
internal sealed class RunLog(string path) : IDisposable
{
    private readonly StreamWriter _writer = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    public void Write(string line)
    {
        lock (_writer) _writer.WriteLine(line);
    }

    public void Dispose() => _writer.Dispose();
}
