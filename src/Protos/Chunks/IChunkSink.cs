namespace Lockstep.Protos;

/// <summary>Where the floats of received chunks go. Called by the marshaller, message by message of one stream.</summary>
public interface IChunkSink
{
    /// <summary>The object to read the next message into.</summary>
    ChunkMessage Rent();

    /// <summary>
    /// Sets <see cref="ChunkMessage.Data"/> to memory for exactly <paramref name="floats"/> floats; all other fields are
    /// already read. Returns null, or why this chunk is not wanted, which becomes its <see cref="ChunkMessage.Problem"/>.
    /// </summary>
    string? Place(ChunkMessage message, int floats);
}
