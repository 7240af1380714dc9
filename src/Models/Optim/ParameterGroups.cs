using Lockstep.Models.Layers;

namespace Lockstep.Models.Optim;

/// <summary>Which tensors are decayed. DINO's get_params_groups (utils.py): biases and one-dimensional tensors never are.</summary>
public static class ParameterGroups
{
    /// <summary>True for group 0, whose weight decay follows the schedule; false for group 1, which has none.</summary>
    public static bool IsDecayed(ParameterSpec parameter) =>
        !parameter.Name.EndsWith(".bias", StringComparison.Ordinal) && parameter.Shape.Count > 1;
}
