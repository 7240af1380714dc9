using Lockstep.Models.Options;

namespace Lockstep.Models.Optim;

/// <summary>Optimizers by the names that recipes use.</summary>
public static class Optimizers
{
    public static IOptimizer Of(OptimOptions options) => options.Optimizer switch
    {
        "adamw" => new AdamW(options.Beta1, options.Beta2, options.Epsilon),
        "sgd" => new Sgd(options.Momentum),
        "lars" => new Lars(options.Momentum, options.Eta),
        _ => throw new ArgumentException(OptimOptions.UnknownOptimizer(options.Optimizer), nameof(options)),
    };
}
