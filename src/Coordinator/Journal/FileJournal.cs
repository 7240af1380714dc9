using Lockstep.Protos;

namespace Lockstep.Coordinator.Journal;

/// <summary>
/// A journal in a file. Records that need not be durable are synced in groups: at most one sync runs, and none while nothing
/// is new. A file that has grown is replaced by a snapshot. After a failed sync nobody knows what the disk holds (the kernel
/// forgets the pages), so the file is then written anew, from what the journal knows, before anything is added to it.
/// Safe to use from several threads.
/// </summary>
public sealed class FileJournal : IJournal
{
    /// <summary>Size beyond which the file is replaced by a snapshot.</summary>
    public const int CompactBytes = 1 << 20;

    /// <summary>How long a record that need not be durable may wait for others to be synced with.</summary>
    public static readonly TimeSpan SyncDelay = TimeSpan.FromMilliseconds(20);

    private readonly IJournalFile _file;
    private readonly Action<string> _warn;
    private readonly ITimer _timer;
    private readonly Lock _appending = new(); // taken before _syncing where both are
    private readonly Lock _syncing = new();
    private volatile JournalState _state;
    private long _written; // bytes of whole records in the file
    private long _synced; // how many of them the disk has for certain
    private long _compactAt = CompactBytes;
    private volatile Exception? _failedSync; // of the background, not yet told
    private volatile bool _uncertain; // the file must be written anew before it is added to
    private int _armed;
    private bool _disposed;

    private FileJournal(IJournalFile file, JournalState state, long length, TimeProvider time, Action<string> warn)
    {
        (_file, _state, _written, _synced, _warn) = (file, state, length, length, warn);
        _timer = time.CreateTimer(_ => SyncGroup(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public JournalState State => _state;

    /// <summary>Opens the journal of a folder, or begins one, and holds the folder until it is disposed.</summary>
    /// <param name="warn">Receives what people should know but need not act on.</param>
    /// <exception cref="JournalException">The folder is in use or cannot be used, or the journal is damaged.</exception>
    public static FileJournal Open(string folder, TimeProvider time, Action<string> warn) => Open(DiskJournalFile.Open(folder), time, warn);

    /// <summary>Opens the journal in a file, which it owns from here on.</summary>
    /// <exception cref="JournalException">The file cannot be used, or is damaged.</exception>
    public static FileJournal Open(IJournalFile file, TimeProvider time, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(warn);
        try
        {
            var bytes = file.ReadAll();
            var (state, length) = JournalFormat.Read(bytes, file.Name);
            if (length < bytes.Length)
                warn($"The journal {file.Name} ended in {bytes.Length - length} bytes that are no whole record, as after a power cut; it was cut back to the {length} bytes before them.");
            if (length == 0)
            {
                var begun = JournalFormat.Whole(state);
                file.Replace(begun);
                length = begun.Length;
            }
            else if (length < bytes.Length)
            {
                file.SetLength(length);
            }
            file.Sync(); // what is built upon from here on must not be lost
            return new(file, state, length, time, warn);
        }
        catch (Exception e)
        {
            file.Dispose();
            if (IsDiskFailure(e)) throw new JournalException($"The journal {file.Name} cannot be opened: {e.Message} Free space on its disk and see that this user may write there.", e);
            throw;
        }
    }

    public void Append(JournalRecord record, bool durable)
    {
        ArgumentNullException.ThrowIfNull(record);
        lock (_appending)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var next = _state.Apply(record);
            try
            {
                ThrowFailedSync();
                if (_uncertain) WriteAnew();
                CompactIfLarge();
                Write(JournalFormat.Frame(record, Volatile.Read(ref _synced)), durable);
            }
            catch (Exception e) when (IsDiskFailure(e))
            {
                throw new JournalException($"The journal {_file.Name} could not take the record {record.BodyCase}: {e.Message} Nothing is lost. Free space on its disk; then the record can be written.", e);
            }
            _state = next;
        }
        if (!durable) Arm();
    }

    /// <summary>Syncs what is not yet synced and lets go of the file.</summary>
    public void Dispose()
    {
        lock (_appending)
        {
            lock (_syncing)
            {
                if (_disposed) return;
                SyncLast();
                _disposed = true;
                _timer.Dispose();
                _file.Dispose();
            }
        }
    }

    private void SyncLast()
    {
        try
        {
            if (_uncertain) WriteAnew();
            else if (_written != _synced) SyncTo(_written);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            _warn($"The journal {_file.Name} could not be synced at its end: {e.Message} A power cut now may take its last records; the nodes' reports make up for them.");
        }
    }

    private static bool IsDiskFailure(Exception e) => e is IOException or UnauthorizedAccessException;

    private void Write(byte[] frame, bool durable)
    {
        try
        {
            _file.Append(frame);
            if (durable) SyncTo(_written + frame.Length);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            CutBack();
            throw;
        }
        Volatile.Write(ref _written, _written + frame.Length);
    }

    private void CutBack()
    {
        try
        {
            _file.SetLength(_written);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            _uncertain = true;
        }
    }

    private void CompactIfLarge()
    {
        if (_written <= _compactAt) return;
        try
        {
            WriteAnew();
        }
        catch (Exception e) when (IsDiskFailure(e) && !_uncertain)
        {
            // The old file is in place and may still have room for a record.
            _compactAt = _written + CompactBytes;
            _warn($"The journal {_file.Name} has {_written:N0} bytes and could not be replaced by a shorter one: {e.Message} It goes on growing. Free space on its disk.");
        }
    }

    private void WriteAnew()
    {
        var whole = JournalFormat.Whole(_state);
        lock (_syncing)
        {
            _file.Replace(whole);
            Volatile.Write(ref _written, whole.Length);
            Volatile.Write(ref _synced, 0);
            SyncTo(whole.Length);
            _uncertain = false;
        }
        _compactAt = Math.Max(CompactBytes, 2L * whole.Length); // a snapshot near the limit must not be written at every record
    }

    private void SyncTo(long length)
    {
        lock (_syncing)
        {
            try
            {
                _file.Sync();
            }
            catch (Exception e) when (IsDiskFailure(e))
            {
                _uncertain = true;
                throw;
            }
            Volatile.Write(ref _synced, length);
        }
    }

    private void Arm()
    {
        if (Interlocked.Exchange(ref _armed, 1) == 0) _timer.Change(SyncDelay, Timeout.InfiniteTimeSpan);
    }

    // Disarmed before the sync: a record that comes while it runs arms the timer for the next.
    private void SyncGroup()
    {
        lock (_syncing)
        {
            Volatile.Write(ref _armed, 0);
            if (!_disposed) SyncIfNew();
        }
    }

    private void SyncIfNew()
    {
        var written = Volatile.Read(ref _written);
        if (_uncertain || written == _synced) return;
        try
        {
            SyncTo(written);
        }
        catch (Exception e) when (IsDiskFailure(e))
        {
            _failedSync = e;
        }
    }

    private void ThrowFailedSync()
    {
        if (_failedSync is not { } failure) return;
        _failedSync = null;
        throw new JournalException($"The journal {_file.Name} could not be synced: {failure.Message} Nothing is lost. Free space on its disk, or replace it; the file is written anew at the next record.", failure);
    }
}
