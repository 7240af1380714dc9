using System.Collections.Concurrent;
using System.Collections.Frozen;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Reduce;

/// <summary>The sums of one generation: a slice reducer for each place in the flat buffer, used again at every step.</summary>
internal sealed class ReduceGeneration : IDisposable
{
    private readonly ReduceShape _shape;
    private readonly ulong _run;
    private readonly FrozenDictionary<int, NodeLink> _links;
    private readonly NodeLink[] _all;
    private readonly ConcurrentDictionary<long, SliceReducer> _slices = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly Func<long, SliceReducer> _newSlice;
    private long _step, _received, _sent;

    public ReduceGeneration(ReduceShape shape)
    {
        (_shape, _run, _step) = (shape, RunTag.Of(shape.Run), shape.FirstStep);
        _links = shape.Ranges.ToFrozenDictionary(node => node.Key, node => new NodeLink(node.Key, node.Value));
        _all = [.. _links.Values];
        _newSlice = _ => new(shape.Microbatches);
    }

    /// <summary>Cancelled when the generation is over.</summary>
    public CancellationToken Ended => _ended.Token;

    public long BytesReceived => Interlocked.Read(ref _received);

    public long BytesSent => Interlocked.Read(ref _sent);

    /// <summary>The link of the node that sent a stream's first chunk; or why that stream is refused.</summary>
    public (NodeLink? Link, string? Refusal) Attach(ChunkMessage first)
    {
        if (first.Run != _run) return (null, $"run {first.Run:x16} is not the run of this coordinator ({_run:x16})");
        if (first.Generation != _shape.Generation) return (null, $"generation {first.Generation} is over; the run is in generation {_shape.Generation}");
        if (!_links.TryGetValue(first.NodeIndex, out var link)) return (null, $"node number {first.NodeIndex} is not in generation {_shape.Generation}");
        return link.TryAttach() ? (link, null) : (null, $"node number {first.NodeIndex} already has an exchange stream in generation {_shape.Generation}");
    }

    /// <summary>Goes on to a step: releases what is left of the one before, and refuses its chunks from now on.</summary>
    public void Advance(long step)
    {
        Volatile.Write(ref _step, step);
        foreach (var (_, slice) in _slices) slice.Reset();
    }

    /// <summary>
    /// Takes a chunk and, when it completes its slice, passes the sum to all nodes. Returns null, or why the chunk was
    /// refused. The chunk is no longer the caller's.
    /// </summary>
    public async ValueTask<string?> TakeAsync(NodeLink link, ChunkMessage chunk, CancellationToken ct)
    {
        Interlocked.Add(ref _received, chunk.DataBytes);
        if (Check(link, chunk) is { } refusal)
        {
            chunk.Release();
            return refusal;
        }
        var verdict = _slices.GetOrAdd(chunk.Offset, _newSlice).Add(chunk);
        if (verdict.Refusal is not null) chunk.Release();
        if (verdict.Sum is not { } sum) return verdict.Refusal;

        sum.NodeIndex = 0;
        sum.Seal();
        sum.Share(_all.Length);
        foreach (var target in _all) await target.SendAsync(sum, ct).ConfigureAwait(false);
        return null;
    }

    /// <summary>Counts what has gone out.</summary>
    public void CountSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    public void Dispose()
    {
        _ended.Cancel();
        foreach (var link in _all) link.Abandon();
    }

    private string? Check(NodeLink link, ChunkMessage chunk)
    {
        if (chunk.Problem is { } problem) return problem;
        if (chunk.Run != _run || chunk.Generation != _shape.Generation || chunk.NodeIndex != link.Index) return "the stream changed its run, generation or node";
        if (Volatile.Read(ref _step) is var step && chunk.Step != step) return $"step {chunk.Step} is not the step in progress ({step})";
        if (chunk.Offset < 0 || chunk.Offset % _shape.SliceFloats != 0) return $"no slice begins at {chunk.Offset}";
        if (chunk.Data.Length > _shape.SliceFloats) return $"the chunk has {chunk.Data.Length} floats, a slice at most {_shape.SliceFloats}";
        return link.Range.Contains(chunk.Block) ? null : $"microbatches {chunk.Block} are not all of node number {link.Index}, who has {link.Range}";
    }
}
