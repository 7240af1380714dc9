namespace Lockstep.Protos;

/// <summary>Names of spans and attributes; docs/telemetry.md lists them with their meaning, and a test compares. Those of metrics stand where the metrics are made.</summary>
public static class TelemetryNames
{
    /// <summary>Of the ActivitySource and of the Meter.</summary>
    public const string Source = "Lockstep";

    public const string Step = "lockstep.step";
    public const string Data = "lockstep.data";
    public const string Compute = "lockstep.compute";
    public const string Reduce = "lockstep.reduce";
    public const string Commit = "lockstep.commit";
    public const string Optimizer = "lockstep.optimizer";
    public const string Teacher = "lockstep.teacher";
    public const string Checkpoint = "lockstep.checkpoint";
    public const string Heal = "lockstep.heal";

    public const string Run = "lockstep.run";
    public const string StepNumber = "lockstep.step";
    public const string Generation = "lockstep.generation";
    public const string TraceReason = "lockstep.trace.reason";
    public const string Nodes = "lockstep.nodes";
    public const string LastNode = "lockstep.last_node";
    public const string Node = "lockstep.node";
    public const string NodeState = "lockstep.node.state";
    public const string FaultKind = "lockstep.fault.kind";
    public const string FaultText = "lockstep.fault.text";
    public const string RefusalKind = "lockstep.refusal.kind";

    /// <summary>What ended an attempt, in one word; of OpenTelemetry's conventions, as is <see cref="Direction"/>.</summary>
    public const string ErrorType = "error.type";

    /// <summary>transmit or receive.</summary>
    public const string Direction = "network.io.direction";

    /// <summary>Event of the root span: a generation began.</summary>
    public const string GenerationEvent = "lockstep.generation";

    /// <summary>Event of the root span: something went wrong.</summary>
    public const string FaultEvent = "lockstep.fault";
}
