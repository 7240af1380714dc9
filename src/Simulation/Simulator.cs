using Lockstep.Simulation.Faults;
using Lockstep.Simulation.Steps;

namespace Lockstep.Simulation;

/// <summary>Predicts clusters that one cannot rent: a pure function of the settings.</summary>
public sealed class Simulator
{
    private const double SecondsADay = 86_400;
    private readonly SimulationSettings _settings;
    private readonly StepModel _steps;

    /// <exception cref="ArgumentException">The settings are wrong; the message has all problems.</exception>
    public Simulator(SimulationSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var problems = settings.Problems().ToList();
        if (problems.Count > 0) throw new ArgumentException(string.Join("; ", problems), nameof(settings));
        (_settings, _steps) = (settings, new(settings));
    }

    /// <summary>What is to be expected of so many nodes; null when there are more nodes than microbatches, which no plan allows.</summary>
    public Prediction? Predict(int nodes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(nodes);
        if (nodes > _settings.Microbatches) return null;
        var step = _steps.Of(nodes);
        var run = new RunModel(_settings, _steps).Play(nodes);
        var rate = nodes / _settings.NodeMtbfSeconds;
        var restart = _settings.DetectSeconds + _settings.JobRestartSeconds + _settings.StateBytes / _settings.Link.Bandwidth;
        var alone = _settings.Microbatches * _settings.MicrobatchSeconds;
        return new(nodes, step, run, alone / (nodes * step.Total), rate * SecondsADay, RestartModel.Goodput(rate, _settings.CheckpointSeconds, restart));
    }
}
