using System.Diagnostics;

namespace Lockstep.Protos;

/// <summary>The step that this process has open: log lines are filed under its trace.</summary>
public static class StepInProgress
{
    private static volatile Open? _open;

    /// <summary>The root span of the open step; null before the first.</summary>
    public static ActivityContext? Context => _open?.Context.Value;

    /// <summary>A step begins.</summary>
    public static void Set(string run, long step) => _open = new(run, step);

    // The identifiers are computed when the first line of the step is written: most steps have none.
    private sealed class Open(string run, long step)
    {
        public Lazy<ActivityContext> Context { get; } = new(() => StepTrace.RootOf(run, step));
    }
}
