using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Wire;

/// <summary>The encodings that one side knows. Compressed messages are allocated anew: bulk data does not come this way.</summary>
internal sealed class MessageEncodings
{
    public const string Identity = "identity";

    private readonly Dictionary<string, ICompressionProvider> _providers = new(StringComparer.Ordinal);

    public MessageEncodings(IEnumerable<ICompressionProvider>? custom)
    {
        var gzip = new GzipCompressionProvider(CompressionLevel.Fastest);
        _providers[gzip.EncodingName] = gzip;
        foreach (var provider in custom ?? [])
        {
            _providers[provider.EncodingName] = provider;
        }

        AcceptHeader = string.Join(',', _providers.Keys.Prepend(Identity));
    }

    /// <summary>Value of grpc-accept-encoding.</summary>
    public string AcceptHeader { get; }

    /// <summary>The provider of that name; null for identity and for names that are not known.</summary>
    public ICompressionProvider? Find(string? name) => name is null ? null : _providers.GetValueOrDefault(name);

    public static ReadOnlyMemory<byte> Compress(ICompressionProvider provider, CompressionLevel? level, ReadOnlyMemory<byte> payload)
    {
        var compressed = new MemoryStream();
        using (var compressor = provider.CreateCompressionStream(compressed, level))
        {
            compressor.Write(payload.Span);
        }

        return compressed.GetBuffer().AsMemory(0, (int)compressed.Length);
    }

    /// <summary>Inflates one message whose sender announced <paramref name="encoding"/>; never beyond the limit.</summary>
    public ReadOnlySequence<byte> Decompress(ReadOnlySequence<byte> message, string? encoding, int? maxBytes)
    {
        if (encoding is null or Identity)
        {
            throw new RpcException(
                new Status(StatusCode.Internal, $"Peer sent '{encoding ?? "no"}' grpc-encoding value with compressed message."));
        }

        var provider = Find(encoding) ?? throw UnsupportedEncoding(encoding);
        var array = SequenceMarshal.TryGetArray(message, out var segment) ? segment : new ArraySegment<byte>(message.ToArray());
        using var source = new MemoryStream(array.Array!, array.Offset, array.Count, writable: false);
        using var inflater = provider.CreateDecompressionStream(source);
        using var inflated = new MemoryStream();
        var block = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            for (var count = inflater.Read(block); count > 0; count = inflater.Read(block))
            {
                FrameHeader.CheckReceive(inflated.Length + count, maxBytes);
                inflated.Write(block, 0, count);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        return new ReadOnlySequence<byte>(inflated.GetBuffer(), 0, (int)inflated.Length);
    }

    public RpcException UnsupportedEncoding(string encoding) =>
        new(new Status(
            StatusCode.Unimplemented,
            $"Unsupported grpc-encoding value '{encoding}'. Supported encodings: {AcceptHeader}"));
}
