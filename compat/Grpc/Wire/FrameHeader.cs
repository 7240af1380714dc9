using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Grpc.Wire;

/// <summary>The five bytes before each message: the compressed flag and the big-endian length.</summary>
internal readonly record struct FrameHeader(bool IsCompressed, int Length)
{
    public const int SizeBytes = 5;
    public const int DefaultMaxReceiveBytes = 4 * 1024 * 1024;

    public void Write(Span<byte> destination)
    {
        destination[0] = IsCompressed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32BigEndian(destination[1..], Length);
    }

    /// <summary>Reads a header of at least five bytes and checks it against the limit.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> source, int? maxLength)
    {
        if (source[0] > 1)
        {
            throw new RpcException(new Status(StatusCode.Internal, "Unexpected compressed flag value in message header."));
        }

        var length = BinaryPrimitives.ReadUInt32BigEndian(source[1..]);
        CheckReceive(length, maxLength);
        return new FrameHeader(source[0] == 1, (int)length);
    }

    public static FrameHeader Read(in ReadOnlySequence<byte> source, int? maxLength)
    {
        if (source.FirstSpan.Length >= SizeBytes)
        {
            return Read(source.FirstSpan, maxLength);
        }

        Span<byte> copy = stackalloc byte[SizeBytes];
        source.Slice(0, SizeBytes).CopyTo(copy);
        return Read(copy, maxLength);
    }

    public static void CheckReceive(long length, int? max)
    {
        if (length > (max ?? Array.MaxLength - SizeBytes))
        {
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, "Received message exceeds the maximum configured message size."));
        }
    }

    public static void CheckSend(int length, int? max)
    {
        if (length > (max ?? Array.MaxLength - SizeBytes))
        {
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, "Sending message exceeds the maximum configured message size."));
        }
    }
}
