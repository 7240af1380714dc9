namespace Lockstep.Coordinator.Journal;

/// <summary>
/// The file under a journal: the little that a journal asks of a disk, so that a simulated one can be put in its place.
/// Every call may fail with an <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>. All but
/// <see cref="Sync"/>, which may come from another thread beside <see cref="Append"/> and <see cref="SetLength"/>, are
/// called by one thread at a time.
/// </summary>
public interface IJournalFile : IDisposable
{
    /// <summary>What messages call it: its path.</summary>
    string Name { get; }

    /// <summary>The whole content; nothing when there is no file yet.</summary>
    byte[] ReadAll();

    /// <summary>Writes at the end. Survives the process at once, a power cut after <see cref="Sync"/>. May fail half way.</summary>
    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Waits until the disk has all that was written before the call. After a failure nothing since the last success is certain.</summary>
    void Sync();

    /// <summary>Cuts the end off.</summary>
    void SetLength(long length);

    /// <summary>
    /// Puts another content in place of all. After a crash either the old or the new is there, whole; certainly the new after
    /// the next <see cref="Sync"/>. When it fails, the old is in place.
    /// </summary>
    void Replace(ReadOnlySpan<byte> bytes);
}
