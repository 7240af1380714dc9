using Grpc.Net.Client;
using Lockstep.Node.Session;
using Lockstep.Protos.Security;

namespace Lockstep.Node.Collectives;

/// <summary>
/// Connections to owners of slices, kept from one generation to the next: in a cluster of n nodes a new generation would
/// open n (n - 1) of them. Each serves one stream at a time, so that bulk data does not delay other messages.
/// </summary>
/// <param name="identity">How this node and the owners know each other.</param>
internal sealed class PeerChannels(Identity identity) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Uri, GrpcChannel> _idle = [];
    private bool _closed;

    /// <summary>A channel to an address, for one stream.</summary>
    public GrpcChannel Rent(Uri address)
    {
        lock (_gate)
        {
            if (_idle.Remove(address, out var channel)) return channel;
        }
        return CoordinatorChannel.Open(address, identity);
    }

    /// <summary>Takes a channel back whose stream has ended.</summary>
    /// <param name="works">False when the stream broke: the connection may carry nothing any more.</param>
    public void Return(Uri address, GrpcChannel channel, bool works)
    {
        lock (_gate)
        {
            if (works && !_closed && _idle.TryAdd(address, channel)) return;
        }
        channel.Dispose();
    }

    /// <summary>Closes those to addresses that are not in use any more.</summary>
    public void Keep(IReadOnlySet<Uri> addresses)
    {
        List<GrpcChannel> gone = [];
        lock (_gate)
        {
            foreach (var address in _idle.Keys.Where(address => !addresses.Contains(address)).ToList())
            {
                gone.Add(_idle[address]);
                _idle.Remove(address);
            }
        }
        foreach (var channel in gone) channel.Dispose();
    }

    public void Dispose()
    {
        lock (_gate) _closed = true;
        Keep(new HashSet<Uri>());
    }
}
