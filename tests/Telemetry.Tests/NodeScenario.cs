using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Replica;
using Lockstep.Node.Telemetry;
using Lockstep.Protos;

namespace Lockstep.Telemetry.Tests;

/// <summary>Leads a node's telemetry through steps as the trainer does. Each phase takes 10 ms.</summary>
internal sealed class NodeScenario : IDisposable
{
    public const string Run = "00000000000000000000000000000001";
    private static readonly TimeSpan Phase = TimeSpan.FromMilliseconds(10);
    private readonly SteppingTime _time = new();
    private Plan _plan = new();

    public NodeScenario(int every = 0) => Telemetry = new(every, _time);

    public NodeTelemetry Telemetry { get; }

    public void Adopt(long generation, params string[] nodes)
    {
        _plan = new() { Run = Run, Generation = generation, Members = { nodes.Select((name, i) => new Member { NodeIndex = i, Node = name }) } };
        Telemetry.Adopted(_plan, listens: false);
    }

    public void Quiet(long step, bool writes = false)
    {
        Telemetry.Began(step);
        Compute();
        Book(StepPhase.Reduce);
        Finish(step, writes);
    }

    public void Compute()
    {
        Book(StepPhase.Compute);
        Telemetry.Waited(0.001);
    }

    public void CutOff(string phase)
    {
        _time.Pass(Phase);
        Telemetry.CutOff(phase);
        _time.Pass(Phase);
    }

    /// <summary>A first generation whose step is cut off when it has its sum.</summary>
    public void CutOffAfterReduce(long step, string phase, params string[] nodes)
    {
        Adopt(1, nodes);
        Telemetry.Began(step);
        Compute();
        Book(StepPhase.Reduce);
        CutOff(phase);
    }

    public void Finish(long step, bool writes = false)
    {
        Book(StepPhase.Prepare);
        var (from, to) = _time.Pass(Phase);
        Telemetry.Updated(from, to, 0.002);
        var clock = Enum.GetValues<StepPhase>().ToDictionary(phase => phase, _ => Phase.TotalSeconds);
        var report = new StepReport(1, true, new Dictionary<string, double> { ["learning_rate"] = 0.5 });
        Telemetry.Applied(new(step, report, "", _plan, clock, 100, 200, new DataCounts { Replaced = 1 }), computed: 4, writes);
    }

    public void Book(StepPhase phase)
    {
        var (from, to) = _time.Pass(Phase);
        Telemetry.Booked(phase, from, to);
    }

    public void Dispose() => Telemetry.Dispose();
}
