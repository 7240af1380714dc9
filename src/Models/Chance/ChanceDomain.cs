namespace Lockstep.Models.Chance;

/// <summary>What a keyed stream of chance is for. Two domains never share numbers, even under equal keys.</summary>
public enum ChanceDomain
{
    /// <summary>Epoch permutations; keyed by (epoch).</summary>
    Order = 1,

    /// <summary>Augmentation of one crop; keyed by (epoch, sample, crop).</summary>
    Augment = 2,

    /// <summary>Substitute of a broken sample; keyed by (epoch, sample, attempt).</summary>
    Substitute = 3,

    /// <summary>Initial weights; keyed by (hash of the parameter's name).</summary>
    Initialize = 4,

    /// <summary>Drop path, masks and noise inside the model; keyed by (step, microbatch, place).</summary>
    Model = 5,

    /// <summary>Synthetic sample images; keyed by (class, sample).</summary>
    Samples = 6,

    /// <summary>Order of an epoch's shards; keyed by (epoch).</summary>
    Shards = 7,

    /// <summary>Order of the samples in a shuffle window of shards; keyed by (epoch, window).</summary>
    ShuffleWindow = 8,

    /// <summary>Linear probe: initial weights, keyed by (0), and views of its training images, keyed by (epoch from 1, sample).</summary>
    Probe = 9,

    /// <summary>Images that an evaluation beside the training takes; keyed by (bank or test, sample).</summary>
    HeldOut = 16,
}
