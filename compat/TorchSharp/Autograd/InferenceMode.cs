namespace TorchSharp;

/// <summary>no_grad for good: what is computed meanwhile can never take part in a graph.</summary>
internal sealed class InferenceMode(bool mode) : IDisposable
{
    private nint guard = NativeMethods.lt_inference_begin(mode ? 1 : 0);

    internal static bool IsEnabled => NativeMethods.lt_inference_enabled() != 0;

    public void Dispose()
    {
        if (guard != 0)
            NativeMethods.lt_inference_end(guard);
        guard = 0;
    }
}
