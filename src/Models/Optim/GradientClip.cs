using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Optim;

/// <summary>DINO's clip_gradients (utils.py): every tensor's gradient is limited by itself, not the whole by its global norm.</summary>
public static class GradientClip
{
    /// <summary>L2 norm of each named tensor, in the order of the names.</summary>
    public static float[] Norms(FlatBuffer gradients, IReadOnlyList<string> names)
    {
        using var scope = NewDisposeScope();
        var norms = stack([.. names.Select(name => gradients.View(name).norm())], 0);
        return norms.data<float>().ToArray();
    }

    /// <summary>Scales each tensor whose norm is above <paramref name="limit"/> down to about it; 0 does nothing.</summary>
    public static void Apply(FlatBuffer gradients, IReadOnlyList<string> names, IReadOnlyList<float> norms, double limit)
    {
        if (limit == 0) return;
        for (var i = 0; i < names.Count; i++)
        {
            var factor = (float)limit / (norms[i] + 1e-6f);
            if (factor >= 1) continue;
            using var gradient = gradients.View(names[i]);
            gradient.ScaleBy(factor);
        }
    }
}
