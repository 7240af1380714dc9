namespace Lockstep.Node.Replica;

/// <summary>What a lane's thread works with: its modules and the tensors that they compute on. Made, used and disposed by that thread.</summary>
internal interface ILaneWorker : IDisposable
{
    /// <summary>Computes microbatches of a job until none are left.</summary>
    void Run(LaneJob job);
}
