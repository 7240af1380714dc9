using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>A TCP proxy on loopback that can be told to misbehave. Holds no thread; closes everything when it is disposed.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private const int CorruptAfterBytes = 64 << 10; // a connection's greetings are over by then
    private const int CorruptAtLeastBytes = 4 << 10; // the middle of such a chunk is payload
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<ProxyConnection, Task> _connections = [];
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _switching = new();
    private readonly Task _accepting;
    private volatile Regime _regime = new(ProxyMode.Pass);
    private int _armed, _corrupted;

    private FaultProxy(IPEndPoint target)
    {
        Target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public IPEndPoint Target { get; }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Connections that are open now.</summary>
    public int Connections => _connections.Count;

    /// <summary>Bits flipped so far.</summary>
    public int Corrupted => Volatile.Read(ref _corrupted);

    public ProxyMode Mode => _regime.Mode;

    public static FaultProxy Start(int targetPort) => new(new IPEndPoint(IPAddress.Loopback, targetPort));

    /// <summary>Holds from now on, for open connections too. One that has lost bytes cannot go on and is reset by the next switch.</summary>
    public void Switch(ProxyMode mode)
    {
        lock (_switching)
        {
            var before = _regime;
            _regime = new Regime(mode);
            before.End();
            foreach (var connection in _connections.Keys)
            {
                if (mode.Refuses || connection.HasHole) connection.Reset();
            }
        }
    }

    /// <summary>Resets all connections; new ones are welcome.</summary>
    public void Drop()
    {
        foreach (var connection in _connections.Keys) connection.Reset();
    }

    /// <summary>Flips one bit of the next large payload, in whichever direction it goes.</summary>
    public void CorruptOnce() => Volatile.Write(ref _armed, 1);

    /// <summary>Takes <see cref="CorruptOnce"/> back.</summary>
    public void Disarm() => Volatile.Write(ref _armed, 0);

    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested) return;
        await _closing.CancelAsync();
        _listener.Stop();
        await _accepting;
        Switch(ProxyMode.Refuse);
        await Task.WhenAll(_connections.Values);
    }

    internal Regime Now => _regime;

    internal void PerhapsCorrupt(Span<byte> chunk, long sentBefore)
    {
        if (sentBefore < CorruptAfterBytes || chunk.Length < CorruptAtLeastBytes || Interlocked.Exchange(ref _armed, 0) == 0) return;
        chunk[chunk.Length / 2] ^= 0x10;
        Interlocked.Increment(ref _corrupted);
    }

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_closing.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                continue; // it was gone before it was accepted
            }
            var connection = new ProxyConnection(this, client);
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_switching)
            {
                _connections[connection] = ServeAsync(connection, begin.Task);
                if (_regime.Mode.Refuses) connection.Reset();
            }
            begin.SetResult();
        }
    }

    private async Task ServeAsync(ProxyConnection connection, Task begin)
    {
        await begin;
        await connection.RunAsync();
        _connections.TryRemove(connection, out _);
    }

    /// <summary>A mode, for as long as it holds.</summary>
    internal sealed class Regime(ProxyMode mode)
    {
        private readonly CancellationTokenSource _ended = new();

        public ProxyMode Mode { get; } = mode;

        public void End() => _ended.Cancel();

        /// <summary>Holds a chunk back; false when the mode ended meanwhile.</summary>
        public async Task<bool> PaceAsync(int bytes)
        {
            if (Mode.Pace(bytes) is var pause && pause <= TimeSpan.Zero) return true;
            await Task.Delay(pause, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return !_ended.IsCancellationRequested;
        }
    }
}
