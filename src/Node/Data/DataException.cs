namespace Lockstep.Node.Data;

/// <summary>The images of a run cannot be used. The message says where, why and what to do.</summary>
public sealed class DataException : Exception
{
    public DataException(string message) : base(message)
    {
    }

    public DataException(string message, Exception inner) : base(message, inner)
    {
    }

    /// <summary>For want of memory an image is not broken: others may have decoded it.</summary>
    internal static DataException NoMemory(string name, OutOfMemoryException e) =>
        new($"'{name}' cannot be decoded, since there is not enough memory ({e.Message.TrimEnd('.')}). Give this process more memory, or lower Data:Workers, Data:PrefetchMiB or Data:CacheMiB (of a command: --threads).", e);
}
