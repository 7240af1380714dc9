namespace Lockstep.Node.Samples;

/// <summary>Encodes a picture, for example as JPEG.</summary>
/// <param name="rgb">Red, green, blue interleaved, rows from the top. [height, width, 3]</param>
/// <param name="width">Width in pixels.</param>
/// <param name="height">Height in pixels.</param>
public delegate byte[] EncodeImage(ReadOnlySpan<byte> rgb, int width, int height);
