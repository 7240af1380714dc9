using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>Sums the nodes' partial sums of a step, in tree order, and gives every node the same bits.</summary>
public interface IAllReduce : IAsyncDisposable
{
    /// <summary>Floats' bytes sent to the reducers so far.</summary>
    long BytesSent { get; }

    /// <summary>Floats' bytes received from the reducers so far.</summary>
    long BytesReceived { get; }

    /// <summary>
    /// Sends this node's complete partial sums of a step and fills <paramref name="sum"/> with the sum over all
    /// microbatches of the run. One call at a time. After a failure the object can only be disposed.
    /// </summary>
    /// <exception cref="AllReduceException">The exchange broke, or what came back is not the sum of this step.</exception>
    ValueTask ReduceAsync(long step, IStepPartials partials, Memory<float> sum, CancellationToken ct);
}
