namespace Lockstep.Models.Weights.Pth;

/// <summary>Something that a checkpoint carries and nobody needs: a list, a namespace of arguments, a path. Nothing is kept of it.</summary>
internal sealed record PickleInert
{
    public static readonly PickleInert Value = new();
}
