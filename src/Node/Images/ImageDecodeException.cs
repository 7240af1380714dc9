namespace Lockstep.Node.Images;

/// <summary>An image cannot be decoded. The message is the reason alone; whoever knows the file's name adds it.</summary>
public sealed class ImageDecodeException(ImageFault fault, string reason) : Exception(reason)
{
    public ImageFault Fault { get; } = fault;
}
