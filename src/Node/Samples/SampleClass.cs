using System.Globalization;

namespace Lockstep.Node.Samples;

/// <summary>
/// One of the ten classes: a shape and a texture. Every shape and every texture occurs in two classes, so whoever
/// sees only the one or only the other is right half of the time at best.
/// </summary>
public sealed record SampleClass(int Index, SampleShape Shape, SampleTexture Texture)
{
    private const int Kinds = 5;

    /// <summary>All classes, in the order of their indices.</summary>
    public static IReadOnlyList<SampleClass> All { get; } = [.. Enumerable.Range(0, 2 * Kinds).Select(Of)];

    /// <summary>The class's folder, for example "03-ringed-cross".</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Index:00}-{Texture}-{Shape}").ToLowerInvariant();

    // Shape s goes with textures s and s+1: ten edges of one ring through all five shapes and all five textures.
    private static SampleClass Of(int index) =>
        new(index, (SampleShape)(index % Kinds), (SampleTexture)((index + index / Kinds) % Kinds));
}
