using Lockstep.Node.Replica.NotFinite;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>Who writes down what happened. One node of a generation does, the others keep silent.</summary>
public interface IScribe
{
    string RunFolder { get; }

    /// <summary>False for the scribe of nodes that write nothing.</summary>
    bool Writes { get; }

    /// <summary>Grows with whatever it does beside the training, e.g. at the run's end. From any thread.</summary>
    long Progress { get; }

    /// <summary>The newest evaluation of the run that it knows of; null when there is none. From any thread.</summary>
    KnnResult? Knn { get; }

    /// <summary>The curves of the run as its folder tells them; null when it writes nothing. From any thread.</summary>
    RunCurves? Curves();

    /// <summary>A new generation, in which it goes on writing, or being silent. False when it cannot: another has written meanwhile, and a new one must take over.</summary>
    bool Use(Plan plan);

    /// <summary>Writes what the scribe before it could not.</summary>
    Task CatchUpAsync(RecentSteps recent);

    /// <summary>Hears of every committed step, in order.</summary>
    Task AfterStepAsync(StepOutcome step);

    /// <summary>Writes down why the open step cannot be applied.</summary>
    Task WriteAsync(NotFiniteReport report);

    /// <summary>Another node writes from now on: waits until what was begun is on disk.</summary>
    /// <param name="doubtfulFrom">Checkpoints of this step and later hold a state that may be wrong: they are removed. Null: none.</param>
    Task HandOverAsync(long? doubtfulFrom);

    /// <summary>Writes the state if the newest checkpoint is older, and waits until it is on disk.</summary>
    Task FinishAsync();
}
