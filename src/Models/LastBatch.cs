namespace Lockstep.Models;

/// <summary>What becomes of the images at an epoch's end that do not fill a step.</summary>
public enum LastBatch
{
    /// <summary>The epoch ends with its last whole step; these images are left out, others each epoch.</summary>
    Drop,

    /// <summary>They begin a step that the next epoch's first images fill: every image is seen once an epoch.</summary>
    Carry,
}
