using System.Net;
using System.Net.Sockets;

namespace Lockstep.Node.Hosting;

/// <summary>The address under which other nodes reach this one.</summary>
internal static class ReachableAddress
{
    /// <summary>
    /// The bound address; for http://0.0.0.0:7001 with the address that this machine uses towards the coordinator. Empty
    /// when only this machine could reach it and the coordinator is elsewhere.
    /// </summary>
    public static string Of(string bound, Uri coordinator)
    {
        if (!Uri.TryCreate(bound, UriKind.Absolute, out var address)) return "";
        var towards = AddressTowards(coordinator);
        if (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip))
        {
            if (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
                return towards is null ? "" : new UriBuilder(address) { Host = towards.ToString() }.Uri.GetLeftPart(UriPartial.Authority);
        }
        if (address.IsLoopback && towards is not null && !IPAddress.IsLoopback(towards)) return "";
        return address.GetLeftPart(UriPartial.Authority);
    }

    // Connecting a datagram socket sends nothing; it only makes the system choose a way.
    private static IPAddress? AddressTowards(Uri coordinator)
    {
        try
        {
            using var socket = new Socket(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(coordinator.Host, coordinator.Port);
            var local = ((IPEndPoint)socket.LocalEndPoint!).Address;
            return local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local;
        }
        catch (SocketException)
        {
            return null; // the session will say that the coordinator cannot be reached
        }
    }
}
