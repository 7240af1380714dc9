using Lockstep.Node.Images;

namespace Lockstep.Node.Data.Inspection;

/// <summary>How many samples are stored in one way.</summary>
public sealed record StoredKind(ImageFormat Format, ImageCoding Coding, PixelMode Mode, int BitsPerSample, int Count);
