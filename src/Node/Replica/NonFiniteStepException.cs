namespace Lockstep.Node.Replica;

/// <summary>The loss or a gradient became NaN or infinite. The step was not applied.</summary>
public sealed class NonFiniteStepException(long step, long epoch, string runFolder) : Exception(
    $"step {step} (epoch {epoch}) has a loss or gradient that is not finite; it was not applied and the state before it is kept in '{runFolder}'. " +
    "Lower Optim:LearningRate or Dino:TeacherTemp, or lengthen Optim:WarmupEpochs.");
