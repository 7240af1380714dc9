namespace Lockstep.Models.Optim;

/// <summary>
/// DINO's cosine_scheduler (utils.py) as a function of the step: a linear ramp from 0 over the first
/// <paramref name="WarmupSteps"/> (0 at its first, Base at its last step), then half a cosine from Base towards Final,
/// which the step after the last would reach.
/// </summary>
/// <param name="Base">Value after the ramp.</param>
/// <param name="Final">Value that the cosine approaches.</param>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="WarmupSteps">Steps of the ramp; 0 for none.</param>
public sealed record CosineSchedule(double Base, double Final, long TotalSteps, long WarmupSteps = 0)
{
    /// <summary>The value at a step; steps past the end stay at Final.</summary>
    public double At(long step)
    {
        if (step < WarmupSteps)
            return WarmupSteps == 1 ? 0 : step == WarmupSteps - 1 ? Base : Base / (WarmupSteps - 1) * step;
        if (step >= TotalSteps) return Final;
        var progress = (double)(step - WarmupSteps) / (TotalSteps - WarmupSteps);
        return Final + 0.5 * (Base - Final) * (1 + Math.Cos(Math.PI * progress));
    }
}
