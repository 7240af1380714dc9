using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>A committed step, as the scribe hears of it.</summary>
/// <param name="Step">Number of the step, from 0.</param>
/// <param name="Report">What the method says of it.</param>
/// <param name="Digest">Digest of the state after it.</param>
/// <param name="Plan">The generation that computed it.</param>
/// <param name="Clock">Where this node's time went.</param>
/// <param name="BytesSent">Bytes that this node sent to its reducers for the step.</param>
/// <param name="BytesReceived">Bytes that this node received from them.</param>
/// <param name="Data">What this node's workers read since the step before, for steps to come.</param>
public sealed record StepOutcome(
    long Step, StepReport Report, string Digest, Plan Plan, IReadOnlyDictionary<StepPhase, double> Clock, long BytesSent, long BytesReceived, DataCounts Data)
{
    /// <summary>Part of this node's step in which its lanes waited for data, 0 to 1.</summary>
    public double DataWaitShare => Clock.Values.Sum() is > 0 and var total ? Math.Clamp(Clock.GetValueOrDefault(StepPhase.Load) / total, 0, 1) : 0;
}
