namespace TorchSharp;

/// <summary>Records, or does not record, the calling thread's operations until it is disposed.</summary>
internal sealed class AutoGradMode : IDisposable
{
    private readonly bool before;

    internal AutoGradMode(bool enabled)
    {
        before = IsEnabled;
        NativeMethods.lt_set_grad_enabled(enabled ? 1 : 0);
    }

    internal static bool IsEnabled => NativeMethods.lt_grad_enabled() != 0;

    public void Dispose() => NativeMethods.lt_set_grad_enabled(before ? 1 : 0);
}
