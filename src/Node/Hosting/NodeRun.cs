using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Order;
using Lockstep.Node.Evaluation.Online;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Node.Hosting;

/// <summary>What a node has made from its recipe before it greets the coordinator.</summary>
public sealed record NodeRun(string Name, int Lanes, int Workers, ISampleSource Source, EpochOrder Order, RunShape Shape, IPretrainingMethod Method)
{
    /// <summary>What a node's data must have in common with that of the others, and with that of the run's checkpoints.</summary>
    public string DatasetHash { get; } = Order.DatasetHash(Source.Fingerprint);

    /// <summary>Where its lanes compute.</summary>
    public ComputeDevice Device { get; init; } = ComputeDevice.Cpu;

    /// <summary>What is evaluated while the run trains; null where nothing is.</summary>
    public KnnImages? KnnImages { get; init; }
}
