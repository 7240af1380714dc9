namespace Lockstep.Cli.Launch;

/// <summary>lockstep.log of a run folder: the output of all its processes, line by line.</summary>
internal sealed class RunLog(string path) : IDisposable
{
    private bool _full;
    private readonly StreamWriter _writer = new(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };

    public void Write(string line)
    {
        lock (_writer)
        {
            if (_full) return;
            try
            {
                _writer.WriteLine(line);
            }
            catch (IOException e)
            {
                _full = true;
                Console.Error.WriteLine($"warning: {path} cannot be written ({e.Message}); the log ends here");
            }
        }
    }

    public void Dispose()
    {
        try
        {
            _writer.Dispose();
        }
        catch (IOException)
        {
            // Said already; what was flushed is kept.
        }
    }
}
