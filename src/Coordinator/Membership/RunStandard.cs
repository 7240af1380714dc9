using Lockstep.Protos;

namespace Lockstep.Coordinator.Membership;

/// <summary>What every node of a run must have in common: as the first generation's nodes had it, for as long as the run goes on.</summary>
/// <param name="DatasetHash">Of the images' listing.</param>
/// <param name="Samples">Number of images.</param>
/// <param name="KernelFingerprint">What the results of a computation may depend on: processor, libraries. Empty once all nodes left in good order: others may come.</param>
public sealed record RunStandard(string DatasetHash, long Samples, string KernelFingerprint)
{
    public static RunStandard Of(Hello hello)
    {
        ArgumentNullException.ThrowIfNull(hello);
        return new(hello.DatasetHash, hello.Samples, hello.KernelFingerprint);
    }
}
