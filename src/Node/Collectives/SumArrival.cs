using Lockstep.Protos;

namespace Lockstep.Node.Collectives;

/// <summary>
/// Receives the slices of one step's sum straight into the flat buffer, and refuses whatever is not one of them. Between
/// <see cref="Expect"/> and the last slice only the stream's reader may touch it.
/// </summary>
internal sealed class SumArrival(Plan plan) : IChunkSink
{
    private readonly ChunkMessage _message = new();
    private readonly MicrobatchBlock _all = new(0, plan.Microbatches);
    private readonly ulong _run = RunTag.Of(plan.Run);
    private bool[] _arrived = [];
    private Memory<float> _sum;
    private long _step;

    /// <summary>Slices still to come.</summary>
    public int Missing { get; private set; }

    /// <summary>Says what comes next and where it goes.</summary>
    public void Expect(long step, Memory<float> sum)
    {
        (_step, _sum) = (step, sum);
        Missing = (sum.Length + plan.SliceFloats - 1) / plan.SliceFloats;
        if (_arrived.Length != Missing) _arrived = new bool[Missing];
        else Array.Clear(_arrived);
    }

    public ChunkMessage Rent() => _message;

    public string? Place(ChunkMessage message, int floats)
    {
        if (message.Run != _run) return $"the slice is of another run ({message.Run:x16})";
        if (message.Generation != plan.Generation || message.Step != _step) return $"the slice is of step {message.Step} of generation {message.Generation}";
        if (message.Block != _all) return $"the slice sums only microbatches {message.Block}";
        var slice = message.Offset / plan.SliceFloats;
        if (message.Offset < 0 || message.Offset % plan.SliceFloats != 0 || slice >= _arrived.Length) return $"no slice begins at {message.Offset}";
        var length = Math.Min(plan.SliceFloats, _sum.Length - (int)message.Offset);
        if (floats != length) return $"the slice at {message.Offset} has {floats} floats, not {length}";
        if (_arrived[slice]) return $"the slice at {message.Offset} came twice";
        _arrived[slice] = true;
        Missing--;
        message.Data = _sum.Slice((int)message.Offset, length);
        return null;
    }
}
