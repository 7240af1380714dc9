using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>
/// What ExchangeServer is in production: the streams of one owner of slices in one generation, around the real
/// <see cref="ReduceGeneration"/>. Its queues are emptied at once, so that every call of it completes at once.
/// </summary>
internal sealed class ExchangeDoor
{
    private readonly Process _owner;
    private readonly ReduceGeneration _engine;
    private readonly Plan _plan;
    private readonly Dictionary<int, Entry> _entries = [];
    private readonly Dictionary<(long, long), float[]> _arrived = []; // for the planted fault only

    public ExchangeDoor(Process owner, ReduceGeneration engine, Plan plan)
    {
        (_owner, _engine, _plan) = (owner, engine, plan);
        foreach (var member in plan.Members)
        {
            if (engine.Attach(GreetingOf(new(plan.Run, plan.Generation, member.NodeIndex))).Link is { } link) _entries[member.NodeIndex] = new(link);
        }
    }

    public bool IsOver { get; private set; }

    /// <summary>Called when the engine may have summed something for another owner.</summary>
    public Action HandOn { get; set; } = static () => { };

    public Plan Plan => _plan;

    /// <summary>Takes a stream, or refuses it.</summary>
    public void Attach(Connection stream, Greeting greeting)
    {
        if (_owner.World.Plant.ForgetsFences) greeting = greeting with { Generation = _plan.Generation };
        var refusal = IsOver ? $"generation {_plan.Generation} is over" : _engine.Attach(GreetingOf(greeting)).Refusal;
        // All links are attached from the start; who comes first is let in nevertheless.
        var entry = _entries.GetValueOrDefault(greeting.NodeIndex);
        if (entry is null || entry.Stream is not null || refusal?.Contains("already has", StringComparison.Ordinal) != true)
        {
            stream.Close(_owner, new(refusal ?? "?", IsEcho: false));
            return;
        }
        entry.Stream = stream;
        stream.ToServer = message => Receive(entry, message);
        foreach (var sum in entry.Waiting) stream.Down(sum);
        entry.Waiting.Clear();
    }

    /// <summary>Adds a block; null, or why it was refused.</summary>
    public string? Add(Slice slice, MemberLink? link)
    {
        if (_owner.World.Plant.ForgetsFences) slice = slice with { Generation = _plan.Generation };
        if (_owner.World.Plant.AddsAsItComes) AddAsItComes(slice);
        var taken = link is null ? _engine.AddAsync(slice.ToChunk()) : _engine.TakeAsync(link, slice.ToChunk());
        if (!taken.IsCompleted) throw new WorldViolation("the engine waits for a queue: the simulation must empty them all");
        var refusal = taken.Result;
        if (refusal is null && slice.IsOwn) _owner.World.Truth.Added(slice);
        Drain();
        HandOn();
        return refusal;
    }

    /// <summary>A whole sum that came from its root.</summary>
    public void PassOn(Slice slice)
    {
        if (!_engine.PassOnAsync(slice.ToChunk()).IsCompleted) throw new WorldViolation("the engine waits for a queue: the simulation must empty them all");
        Drain();
    }

    /// <summary>Sends what the engine has put into its queues.</summary>
    public void Drain()
    {
        foreach (var entry in _entries.Values)
        {
            while (entry.Link.Sums.Chunks.TryRead(out var sum))
            {
                var slice = Copy(sum);
                if (entry.Stream is { } stream) stream.Down(slice);
                else entry.Waiting.Add(slice);
            }
        }
    }

    /// <summary>A chunk of the engine as a message; the chunk is given back.</summary>
    public Slice Copy(ChunkMessage chunk)
    {
        var data = _arrived.GetValueOrDefault((chunk.Step, chunk.Offset)) is { } other && chunk.Block.Count == _plan.Microbatches ? other : chunk.Data.ToArray();
        var slice = new Slice(_plan, _plan.Generation, chunk.Step, chunk.Block, (int)chunk.Offset, data, chunk.NodeIndex, IsOwn: false);
        chunk.Release();
        return slice;
    }

    public void End(PeerFault? cause)
    {
        if (IsOver) return;
        IsOver = true;
        _engine.End(cause);
        _engine.Dispose();
        foreach (var entry in _entries.Values) entry.Stream?.Close(_owner, new($"generation {_plan.Generation} is over", IsEcho: true, cause?.PeerIndex));
    }

    private void Receive(Entry entry, object message)
    {
        if (IsOver) return;
        if (message is Ended ended)
        {
            _engine.Lost(entry.Link, $"the stream of {entry.Link.Name} ended: {ended.Reason}", isEcho: true);
            return;
        }
        if (Add((Slice)message, entry.Link) is not { } refusal || IsOver) return;
        _engine.Lost(entry.Link, $"a chunk of {entry.Link.Name} was refused: {refusal}", isEcho: false);
        entry.Stream!.Close(_owner, new($"a chunk was refused: {refusal}", IsEcho: false));
    }

    private void AddAsItComes(Slice slice)
    {
        if (!_arrived.TryGetValue((slice.Step, slice.Offset), out var sum)) _arrived[(slice.Step, slice.Offset)] = sum = new float[slice.Data.Length];
        for (var i = 0; i < sum.Length; i++) sum[i] += slice.Data[i];
    }

    private static ChunkMessage GreetingOf(Greeting greeting) => new() { Run = RunTag.Of(greeting.Run), Generation = greeting.Generation, NodeIndex = greeting.NodeIndex };

    private sealed class Entry(MemberLink link)
    {
        public MemberLink Link => link;

        public Connection? Stream { get; set; }

        public List<Slice> Waiting { get; } = [];
    }
}
