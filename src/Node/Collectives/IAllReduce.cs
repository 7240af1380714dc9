using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>Sums the nodes' partial sums of a step, in tree order, and gives every node the same bits. One a generation.</summary>
public interface IAllReduce : IAsyncDisposable
{
    /// <summary>Floats' bytes sent to other nodes and the coordinator so far.</summary>
    long BytesSent { get; }

    /// <summary>Floats' bytes received from them so far.</summary>
    long BytesReceived { get; }

    /// <summary>Whom the step in progress waits for, e.g. "slice 12 of node-3"; empty when for nobody else. From any thread.</summary>
    string WaitsFor { get; }

    /// <summary>Slices sent and sums received so far: grows as long as the exchange goes on.</summary>
    long SlicesDone { get; }

    /// <summary>
    /// Sends this node's part of a step, slice by slice as it becomes final, and fills <paramref name="sum"/> with the sum
    /// over all microbatches of the run. For consecutive steps, one call at a time; a member that listens may begin at any
    /// step. After a failure or cancellation the object can only be disposed, and until that is done <paramref name="sum"/>
    /// may still be written to.
    /// </summary>
    /// <exception cref="AllReduceException">The exchange broke, or what came is not the sum of this step.</exception>
    Task ReduceAsync(long step, IStepPartials partials, Memory<float> sum, CancellationToken ct);
}
