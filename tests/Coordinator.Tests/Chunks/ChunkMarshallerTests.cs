using System.Runtime.InteropServices;
using Google.Protobuf;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Chunks;

public sealed class ChunkMarshallerTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1001)]
    public void Write_AnyChunk_GivesTheBytesOfTheGeneratedClass(int floats)
    {
        var message = Message(floats);

        Assert.Equal(Generated(message).ToByteArray(), TestContexts.Write(message));
    }

    [Fact]
    public void Write_DefaultValues_AreLeftOut() => Assert.Empty(TestContexts.Write(new ChunkMessage()));

    [Fact]
    public void Write_ExtremeNumbers_GivesTheBytesOfTheGeneratedClass()
    {
        var message = new ChunkMessage
        {
            Run = ulong.MaxValue,
            Generation = long.MaxValue,
            Step = -1,
            Block = new(int.MaxValue, int.MinValue),
            Offset = long.MinValue,
            Checksum = uint.MaxValue,
            NodeIndex = -7,
            Data = new float[3],
        };

        Assert.Equal(Generated(message).ToByteArray(), TestContexts.Write(message));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(4096)]
    [InlineData(7)]
    [InlineData(1)]
    public void Read_GeneratedBytesInAnySegments_GivesTheSameNumbers(int segmentBytes)
    {
        var sent = Message(1001);

        var read = TestContexts.Read(Generated(sent).ToByteArray(), segmentBytes);

        Assert.Null(read.Problem);
        Assert.Equal((sent.Run, sent.Generation, sent.Step, sent.Block, sent.Offset, sent.NodeIndex), (read.Run, read.Generation, read.Step, read.Block, read.Offset, read.NodeIndex));
        Assert.True(MemoryMarshal.AsBytes(sent.Data.Span).SequenceEqual(MemoryMarshal.AsBytes(read.Data.Span)));
    }

    [Fact]
    public void Read_FieldsInAnotherOrderAndUnknownOnes_IsTheSameChunk()
    {
        var sent = Message(5);
        var onlyData = new Chunk { Data = Generated(sent).Data };
        var rest = Generated(sent);
        rest.Data = ByteString.Empty;
        byte[] unknown = [0x9a, 0x06, 0x02, 0xff, 0xff, 0xa0, 0x06, 0x96, 0x01]; // field 99, 2 bytes; field 100, varint 150

        var read = TestContexts.Read([.. onlyData.ToByteArray(), .. unknown, .. rest.ToByteArray()], 3);

        Assert.Null(read.Problem);
        Assert.Equal((sent.Step, sent.Data.ToArray()), (read.Step, read.Data.ToArray()), (a, b) => a.Step == b.Step && a.Item2.SequenceEqual(b.Item2));
    }

    [Fact]
    public void Read_OneBitOfDataChanged_SaysThatTheChecksumDiffers()
    {
        var bytes = TestContexts.Write(Message(1001));
        bytes[^100] ^= 1;

        Assert.Contains("checksum", TestContexts.Read(bytes, 64).Problem);
    }

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0x7a, 0x08, 0x00 })] // 8 bytes of data announced, 1 there
    [InlineData(new byte[] { 0x0b })] // a group, which proto3 does not have
    [InlineData(new byte[] { 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 })]
    public void Read_Nonsense_SaysSoAndDoesNotThrow(byte[] bytes) => Assert.Contains("not a Chunk", TestContexts.Read(bytes).Problem);

    [Fact]
    public void Read_PartsOfAFloat_SaysSo() => Assert.Contains("not whole floats", TestContexts.Read([0x7a, 0x03, 1, 2, 3]).Problem);

    [Fact]
    public void Seal_ZeroesOf32Bytes_IsTheChecksumOfTheStandard()
    {
        var message = new ChunkMessage { Data = new float[8] };

        message.Seal();

        Assert.Equal(0x8A9136AAu, message.Checksum); // RFC 3720, B.4
    }

    [Fact]
    public void Read_PooledMessage_IsUsedAgainAfterRelease()
    {
        var pool = new ChunkPool();
        var bytes = TestContexts.Write(Message(9));

        var first = TestContexts.Read(bytes, sink: pool);
        var second = TestContexts.Read(bytes, sink: pool);
        first.Release();

        Assert.NotSame(first, second);
        Assert.Same(first, TestContexts.Read(bytes, sink: pool));
    }

    [Fact]
    public void Read_IntoAMessageThatWasUsed_KeepsNothingOfItsFields()
    {
        var pool = new ChunkPool();
        TestContexts.Read(TestContexts.Write(Message(9)), sink: pool).Release();

        var read = TestContexts.Read([], sink: pool);

        Assert.Equal((0ul, 0L, 0L, default, 0L, 0), (read.Run, read.Generation, read.Step, read.Block, read.Offset, read.NodeIndex));
    }

    private static ChunkMessage Message(int floats)
    {
        var random = new Random(floats);
        var message = new ChunkMessage
        {
            Run = 0xfedcba9876543210,
            Generation = 3,
            Step = 123_456,
            Block = new(8, 4),
            Offset = 262_144L * 7,
            NodeIndex = 2,
            Data = Enumerable.Range(0, floats).Select(_ => random.NextSingle() - 0.5f).ToArray(),
        };
        message.Seal();
        return message;
    }

    private static Chunk Generated(ChunkMessage message) => new()
    {
        Run = message.Run,
        Generation = message.Generation,
        Step = message.Step,
        BlockFirst = message.Block.First,
        BlockCount = message.Block.Count,
        Offset = message.Offset,
        Checksum = message.Checksum,
        NodeIndex = message.NodeIndex,
        Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(message.Data.Span)),
    };
}
