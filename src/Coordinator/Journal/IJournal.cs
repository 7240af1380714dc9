using Lockstep.Protos;

namespace Lockstep.Coordinator.Journal;

/// <summary>What a coordinator writes down so that another one, started after its death, goes on where it was.</summary>
public interface IJournal : IDisposable
{
    /// <summary>What all records together say.</summary>
    JournalState State { get; }

    /// <summary>Adds a record and applies it to <see cref="State"/>.</summary>
    /// <param name="durable">
    /// True: on the disk before the call returns. False: written, so that it survives the process's death, and on the disk
    /// soon after; a power cut may take the last of these, never one from before a durable record.
    /// </param>
    /// <exception cref="JournalException">
    /// The record could not be written; state and journal are as before. The caller may try the same record again later.
    /// </exception>
    void Append(JournalRecord record, bool durable);
}
