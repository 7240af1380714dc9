namespace Grpc.Wire;

/// <summary>
/// Admits one operation at a time until it is closed. Whoever leaves last (the operation or the closer) is told
/// so, and is the one to release what they share. A field: never copy it.
/// </summary>
internal struct BusyGate
{
    private const int Busy = 1;
    private const int Closed = 2;
    private int _state;

    public readonly bool IsBusy => (Volatile.Read(in _state) & Busy) != 0;

    public readonly bool IsClosed => (Volatile.Read(in _state) & Closed) != 0;

    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Busy, 0) == 0;

    /// <summary>True when the gate was closed meanwhile: release now.</summary>
    public bool Exit() => (Interlocked.And(ref _state, ~Busy) & Closed) != 0;

    /// <summary>True when nothing is inside: release now.</summary>
    public bool Close() => Interlocked.Or(ref _state, Closed) == 0;
}
