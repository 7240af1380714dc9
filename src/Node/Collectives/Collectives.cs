using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging;

namespace Lockstep.Node.Collectives;

/// <summary>This node's exchanges, one generation after the other, and the door for the streams of other members.</summary>
/// <param name="identity">How this node and the others know each other.</param>
/// <param name="logger">Hears of new exchanges.</param>
public sealed partial class Collectives(Identity identity, ILogger<Collectives> logger) : IDisposable
{
    // A member may have its plan a little before this node has.
    private static readonly TimeSpan PlanDelay = TimeSpan.FromSeconds(10);
    private readonly Lock _gate = new();
    private readonly PeerChannels _channels = new(identity);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AllReduce? _current;

    /// <summary>How this node and the others know each other.</summary>
    public Identity Identity => identity;

    /// <summary>Begins a generation; an older one that is still open ends at once.</summary>
    /// <param name="plan">The generation; its end is the returned object's end.</param>
    /// <param name="nodeIndex">This node's number in the run, from Welcome.</param>
    /// <param name="floats">Length of the flat contribution buffer.</param>
    /// <param name="coordinator">Address of the coordinator, who sums when the plan's reducer is `hub`.</param>
    /// <exception cref="AllReduceException">A member that owns slices serves no address.</exception>
    public IAllReduce Open(Plan plan, int nodeIndex, int floats, Uri coordinator)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(coordinator);
        if (plan.MemberOf(nodeIndex) is null) throw new ArgumentException($"Node number {nodeIndex} is no member of generation {plan.Generation}.", nameof(nodeIndex));
        var route = ReduceRoute.Of(plan, floats);
        AllReduce? older;
        lock (_gate) older = _current;
        older?.Stop(null);

        _channels.Keep(plan.Members.Select(member => Uri.TryCreate(member.Address, UriKind.Absolute, out var address) ? address : coordinator).Append(coordinator).ToHashSet());
        var opened = new AllReduce(route, nodeIndex, coordinator, _channels);
        TaskCompletionSource changed;
        lock (_gate)
        {
            _current = opened;
            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        changed.TrySetResult();
        opened.Open();
        LogOpened(logger, plan.Generation, plan.Reducer, route.Slices.Length, route.Groups);
        return opened;
    }

    public void Dispose() => _channels.Dispose();

    /// <summary>The generation that a stream is for, once this node has its plan; or why the stream is refused.</summary>
    internal async ValueTask<(ReduceGeneration? Generation, string? Refusal)> FindAsync(ChunkMessage greeting, CancellationToken ct)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(ct);
        late.CancelAfter(PlanDelay);
        while (true)
        {
            AllReduce? current;
            Task changed;
            lock (_gate) (current, changed) = (_current, _changed.Task);
            if (greeting.Problem is { } problem) return (null, problem);
            if (current is not null && Answer(current, greeting) is { } answer) return answer;
            await changed.WaitAsync(late.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (late.IsCancellationRequested) return (null, $"this node has no plan of generation {greeting.Generation}");
        }
    }

    // Null: not yet.
    private static (ReduceGeneration?, string?)? Answer(AllReduce current, ChunkMessage greeting)
    {
        var plan = current.Plan;
        if (greeting.Generation > plan.Generation && greeting.Run == RunTag.Of(plan.Run)) return null;
        return current.Engine is { } engine ? (engine, null) : (null, $"this node owns no slices in generation {plan.Generation} (reducer {plan.Reducer})");
    }

    [LoggerMessage(2101, LogLevel.Debug, "Exchange of generation {Generation}: reducer {Reducer}, {Slices} slices, {Groups} groups")]
    private static partial void LogOpened(ILogger logger, long generation, string reducer, int slices, int groups);
}
