namespace Lockstep.Models;

/// <summary>Is told by a lane, while its backward pass runs, which regions of its contribution are final.</summary>
public interface IContributionSink
{
    /// <summary>
    /// A region that nothing will change any more. Regions do not overlap and together are the whole contribution. One call
    /// at a time, not always from the thread that called the lane.
    /// </summary>
    /// <param name="contribution">The lane's whole buffer; only what was told is to be read. Valid until the call returns.</param>
    /// <param name="offset">Start of the region, floats.</param>
    /// <param name="length">Its length, more than 0.</param>
    void Final(ReadOnlySpan<float> contribution, int offset, int length);
}
