using System.Runtime.InteropServices;

namespace Lockstep.Node.Images;

/// <summary>A TurboJPEG compressor or decompressor. One thread at a time may use it.</summary>
internal sealed class TurboJpegHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => TurboJpegNative.Destroy(handle) == 0;
}
