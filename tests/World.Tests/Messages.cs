using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>The first message of an exchange stream.</summary>
internal sealed record Greeting(string Run, long Generation, int NodeIndex);

/// <summary>A chunk on its way: a block's partial sum of one slice, or the whole sum on the way back.</summary>
/// <param name="IsOwn">Of the sender's own work, not handed on for its group.</param>
internal sealed record Slice(Plan Plan, long Generation, long Step, MicrobatchBlock Block, int Offset, float[] Data, int NodeIndex, bool IsOwn)
{
    /// <summary>As the real engine takes it.</summary>
    public ChunkMessage ToChunk()
    {
        var chunk = ChunkPool.Shared.Rent(Data.Length);
        (chunk.Run, chunk.Generation, chunk.Step, chunk.Block, chunk.Offset, chunk.NodeIndex) = (RunTag.Of(Plan.Run), Generation, Step, Block, Offset, NodeIndex);
        Data.CopyTo(chunk.Data);
        return chunk;
    }
}

/// <summary>Asks a peer for its state.</summary>
internal sealed record StateAsk(string Run, long MinStep, long ResumeStep, int ResumePiece);

/// <summary>A part of a state.</summary>
internal sealed record StatePiece(long Step, int Number, ulong State);

/// <summary>The end of a state, with its digest.</summary>
internal sealed record StateDone(long Step, ulong State);
