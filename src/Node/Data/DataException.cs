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
}
