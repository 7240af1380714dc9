using Lockstep.Coordinator.Journal;
using Lockstep.Protos;

namespace Lockstep.World.Tests;

/// <summary>A journal without the names of this machine and process, which would make schedules differ from place to place.</summary>
internal sealed class SteadyJournal(IJournal journal) : IJournal
{
    public JournalState State => journal.State;

    public void Append(JournalRecord record, bool durable)
    {
        if (record.EpochBegun is { } begun)
        {
            record = record.Clone();
            (record.EpochBegun.Epoch, record.EpochBegun.Host, record.EpochBegun.Process) = (begun.Epoch, "host", 1);
        }
        journal.Append(record, durable);
    }

    public void Dispose() => journal.Dispose();
}
