using System.Buffers;
using System.Net.Sockets;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>One connection through a <see cref="FaultProxy"/>: two sockets and a pump for each direction.</summary>
internal sealed class ProxyConnection(FaultProxy proxy, Socket client)
{
    private const int BufferBytes = 64 << 10;
    private const int SlowestChunksPerSecond = 20;
    private readonly Socket _target = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly CancellationTokenSource _reset = new();
    private volatile bool _hole;

    /// <summary>Bytes were lost: nothing that follows them may be forwarded.</summary>
    public bool HasHole => _hole;

    /// <summary>Both ends see a reset.</summary>
    public void Reset() => _reset.Cancel();

    public async Task RunAsync()
    {
        try
        {
            client.NoDelay = true;
            await _target.ConnectAsync(proxy.Target, _reset.Token);
            var up = PumpAsync(client, _target, toTarget: true);
            var down = PumpAsync(_target, client, toTarget: false);
            await (await Task.WhenAny(up, down)); // throws when it broke: the other must not wait for ever
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _reset.Cancel();
            client.LingerState = _target.LingerState = new LingerOption(true, 0);
        }
        finally
        {
            client.Dispose();
            _target.Dispose();
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool toTarget)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var sent = 0L;
        try
        {
            while (true)
            {
                var rate = proxy.Now.Mode.BytesPerSecond;
                var size = rate > 0 ? Math.Clamp(rate / SlowestChunksPerSecond, 1, BufferBytes) : BufferBytes;
                var read = await from.ReceiveAsync(buffer.AsMemory(0, size), _reset.Token);
                if (!await MayPassAsync(read, toTarget))
                {
                    if (read > 0) continue;
                    await Task.Delay(Timeout.Infinite, _reset.Token); // the end is lost too: the other side waits on
                }
                if (read == 0)
                {
                    to.Shutdown(SocketShutdown.Send);
                    return;
                }
                proxy.PerhapsCorrupt(buffer.AsSpan(0, read), sent);
                for (var done = 0; done < read;) done += await to.SendAsync(buffer.AsMemory(done, read - done), _reset.Token);
                sent += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Waits as long as the mode says; a switch on the way decides anew.
    private async Task<bool> MayPassAsync(int bytes, bool toTarget)
    {
        while (true)
        {
            var regime = proxy.Now;
            if (regime.Mode.Loses(toTarget)) _hole = true;
            if (_hole) return false;
            if (await regime.PaceAsync(bytes)) return true;
        }
    }
}
