using System.Net;
using System.Net.Sockets;

namespace Lockstep.Cluster.Tests.Chaos;

/// <summary>
/// A port that stays free while nobody listens on it. Outgoing connections take theirs from 32,768 upwards: one of them could
/// hold the port of a coordinator that is down, or even connect to itself.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000, Count = 12_000;
    private static int _next = Environment.ProcessId * 61 % Count;

    public static int Take()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + (Interlocked.Increment(ref _next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
        throw new InvalidOperationException("no port between 20,000 and 32,000 is free");
    }
}
