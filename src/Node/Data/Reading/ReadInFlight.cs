namespace Lockstep.Node.Data.Reading;

/// <summary>A read that has begun and not ended. Used again for the next one; guarded by the lock of its owner.</summary>
internal sealed class ReadInFlight
{
    public int Sample { get; private set; }

    /// <summary>Whose read it is: that of workers which stop together.</summary>
    public CancellationToken Stop { get; private set; }

    /// <summary>When this attempt began; -1 between two attempts.</summary>
    public long Attempt { get; set; }

    /// <summary>How long this attempt has been seen to hang.</summary>
    public TimeSpan Hanging { get; set; }

    /// <summary>How long attempts had failed when this one began.</summary>
    public TimeSpan FailedFor { get; set; }

    /// <summary>It has failed, or hung for long enough to be told.</summary>
    public bool InTrouble { get; set; }

    public void Begin(int sample, long now, CancellationToken stop) =>
        (Sample, Stop, Attempt, Hanging, FailedFor, InTrouble) = (sample, stop, now, TimeSpan.Zero, TimeSpan.Zero, false);
}
