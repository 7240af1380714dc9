using Lockstep.Protos;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The reducer `hub`: holds the sums of the current generation, unless its members sum themselves.</summary>
internal sealed class ReduceHub
{
    private volatile ReduceGeneration? _current;
    private volatile string _absence = "no generation has begun";
    private long _receivedBefore, _sentBefore;

    /// <summary>The generation whose chunks are taken.</summary>
    public ReduceGeneration? Current => _current;

    /// <summary>Why there is no current generation.</summary>
    public string Absence => _absence;

    /// <summary>Floats' bytes received in all generations.</summary>
    public long BytesReceived => Interlocked.Read(ref _receivedBefore) + (_current?.BytesReceived ?? 0);

    /// <summary>Floats' bytes sent in all generations.</summary>
    public long BytesSent => Interlocked.Read(ref _sentBefore) + (_current?.BytesSent ?? 0);

    /// <summary>Takes chunks of this generation, and of no other.</summary>
    public void Begin(Plan plan)
    {
        End();
        if (plan.Reducer == "hub") _current = ReduceGeneration.ForHub(plan);
        else _absence = $"the members of generation {plan.Generation} sum without the coordinator ({plan.Reducer})";
    }

    /// <summary>Ends the generation's streams.</summary>
    public void End()
    {
        if (_current is not { } ended) return;
        _absence = $"generation {ended.Generation} is over";
        _current = null;
        Interlocked.Add(ref _receivedBefore, ended.BytesReceived);
        Interlocked.Add(ref _sentBefore, ended.BytesSent);
        ended.Dispose();
    }
}
