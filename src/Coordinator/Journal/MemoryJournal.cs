using Lockstep.Protos;

namespace Lockstep.Coordinator.Journal;

/// <summary>The journal of a run that keeps none: it is forgotten with the process.</summary>
public sealed class MemoryJournal : IJournal
{
    public JournalState State { get; private set; } = JournalState.Empty;

    public void Append(JournalRecord record, bool durable) => State = State.Apply(record);

    public void Dispose()
    {
    }
}
