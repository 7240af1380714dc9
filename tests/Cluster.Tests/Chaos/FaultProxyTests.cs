using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Lockstep.Cluster.Tests.Chaos;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private FaultProxy _proxy = null!;

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        _proxy = FaultProxy.Start(((IPEndPoint)_listener.LocalEndpoint).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _listener.Stop();
    }

    [Fact]
    public async Task Pass_BytesAndEnds_GoBothWays()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        var bytes = Bytes(300_000);
        Assert.Equal(bytes, await SendAsync(near, far, bytes));
        Assert.Equal(bytes, await SendAsync(far, near, bytes));
        near.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await far.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        Assert.Equal([7], await SendAsync(far, near, [7])); // half closed: the other direction goes on
        far.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await near.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        await EmptyAsync();
    }

    [Fact]
    public async Task Refuse_CutsOldAndNew_UntilPass()
    {
        var (near, far) = await ConnectAsync();
        _proxy.Switch(ProxyMode.Refuse);
        await BrokenAsync(near);
        await BrokenAsync(far);
        await EmptyAsync();
        using (var refused = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await Assert.ThrowsAsync<SocketException>(async () =>
            {
                await refused.ConnectAsync(IPAddress.Loopback, _proxy.Port);
                await refused.ReceiveAsync(new byte[1]).WaitAsync(Patience);
            });
        }
        Assert.False(_listener.Pending());
        _proxy.Switch(ProxyMode.Pass);
        await RoundAsync();
    }

    [Fact]
    public async Task HalfOpen_CarriesNothing_AndResetsWhenItEnds()
    {
        var (near, far) = await ConnectAsync();
        await SendAsync(near, far, [1]);
        _proxy.Switch(ProxyMode.HalfOpen());
        await near.SendAsync(Bytes(500_000)).WaitAsync(Patience); // it reads
        await Task.Delay(100);
        Assert.Equal(0, far.Available);
        Assert.Equal(1, _proxy.Connections);
        _proxy.Switch(ProxyMode.Pass);
        await BrokenAsync(near); // what follows a hole is no stream
        await BrokenAsync(far);
        await RoundAsync();
    }

    [Fact]
    public async Task HalfOpenOneWay_OtherWayGoesOn()
    {
        var (near, far) = await ConnectAsync();
        _proxy.Switch(ProxyMode.HalfOpen(toTarget: true, toClient: false));
        Assert.Equal([5], await SendAsync(far, near, [5]));
        await near.SendAsync(new byte[] { 1 }).WaitAsync(Patience);
        near.Shutdown(SocketShutdown.Send);
        await Task.Delay(100);
        Assert.Equal(0, far.Available); // neither the byte nor the end
        Assert.Equal(1, _proxy.Connections);
        _proxy.Drop();
        await BrokenAsync(far);
    }

    [Fact]
    public async Task HalfOpenWithoutLoss_GoesOnAfterwards()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        _proxy.Switch(ProxyMode.HalfOpen());
        _proxy.Switch(ProxyMode.Pass);
        Assert.Equal([3], await SendAsync(near, far, [3]));
    }

    [Fact]
    public async Task Delay_HoldsEveryChunkBack()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        _proxy.Switch(ProxyMode.Delay(TimeSpan.FromMilliseconds(80)));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 3; i++) await SendAsync(near, far, [1]);
        Assert.True(watch.ElapsedMilliseconds >= 230, $"{watch.ElapsedMilliseconds} ms");
    }

    [Fact]
    public async Task Throttle_KeepsTheRate_AndASwitchEndsIt()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        _proxy.Switch(ProxyMode.Throttle(200_000));
        var watch = Stopwatch.StartNew();
        await SendAsync(near, far, Bytes(60_000));
        Assert.True(watch.ElapsedMilliseconds >= 280, $"{watch.ElapsedMilliseconds} ms");
        _proxy.Switch(ProxyMode.Throttle(1)); // 30,000 s for what follows
        var slow = SendAsync(near, far, Bytes(30_000));
        await Task.Delay(50);
        _proxy.Switch(ProxyMode.Pass);
        Assert.Equal(Bytes(30_000), await slow);
    }

    [Fact]
    public async Task Drop_ResetsAll_AndWelcomesNew()
    {
        var (near, far) = await ConnectAsync();
        _proxy.Drop();
        await BrokenAsync(near);
        await BrokenAsync(far);
        await RoundAsync();
    }

    [Fact]
    public async Task CorruptOnce_FlipsOneBitOfALargePayload_Once()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        _proxy.CorruptOnce();
        Assert.Equal(Bytes(60_000), await SendAsync(near, far, Bytes(60_000))); // not large yet
        var sent = Bytes(400_000);
        var received = await SendAsync(near, far, sent);
        Assert.Equal(1, sent.Zip(received, (x, y) => System.Numerics.BitOperations.PopCount((uint)(x ^ y))).Sum());
        Assert.Equal(1, _proxy.Corrupted);
        Assert.Equal(sent, await SendAsync(near, far, sent));
    }

    [Fact]
    public async Task ManyConnections_NothingStays()
    {
        for (var i = 0; i < 100; i++) await RoundAsync();
        await EmptyAsync();
        var open = await ConnectAsync();
        await _proxy.DisposeAsync().AsTask().WaitAsync(Patience);
        await BrokenAsync(open.Near);
        await BrokenAsync(open.Far);
    }

    [Fact]
    public async Task TargetGone_ConnectionIsReset()
    {
        _listener.Stop();
        using var near = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            await near.ConnectAsync(IPAddress.Loopback, _proxy.Port); // may be reset before it has returned
            await near.ReceiveAsync(new byte[1]).WaitAsync(Patience);
        });
        await EmptyAsync();
    }

    private async Task<(Socket Near, Socket Far)> ConnectAsync()
    {
        var near = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return (near, await _listener.AcceptSocketAsync().WaitAsync(Patience));
    }

    private async Task RoundAsync()
    {
        var (near, far) = await ConnectAsync();
        using var a = near;
        using var b = far;
        Assert.Equal([1, 2], await SendAsync(near, far, [1, 2]));
    }

    private static async Task<byte[]> SendAsync(Socket from, Socket to, byte[] bytes)
    {
        var received = new byte[bytes.Length];
        var sending = from.SendAsync(bytes);
        for (var done = 0; done < received.Length;)
        {
            var read = await to.ReceiveAsync(received.AsMemory(done)).AsTask().WaitAsync(Patience);
            Assert.True(read > 0, "the stream ended early");
            done += read;
        }
        await sending.WaitAsync(Patience);
        return received;
    }

    private static async Task BrokenAsync(Socket socket)
    {
        using (socket)
        {
            await Assert.ThrowsAsync<SocketException>(async () => await socket.ReceiveAsync(new byte[1]).WaitAsync(Patience));
        }
    }

    private async Task EmptyAsync()
    {
        var watch = Stopwatch.StartNew();
        while (_proxy.Connections > 0)
        {
            Assert.True(watch.Elapsed < Patience, $"{_proxy.Connections} connections are left");
            await Task.Delay(5); // the sockets' own callbacks remove them
        }
    }

    private static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(i * 31 >> 3))];
}
