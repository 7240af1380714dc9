namespace Lockstep.Protos;

/// <summary>Tags (field number x 8 + wire type) of the message Chunk in collective.proto.</summary>
internal static class ChunkFields
{
    public const byte Run = 1 << 3 | Fixed64;
    public const byte Generation = 2 << 3 | Varint;
    public const byte Step = 3 << 3 | Varint;
    public const byte BlockFirst = 4 << 3 | Varint;
    public const byte BlockCount = 5 << 3 | Varint;
    public const byte Offset = 6 << 3 | Varint;
    public const byte Checksum = 7 << 3 | Fixed32;
    public const byte NodeIndex = 8 << 3 | Varint;
    public const byte Data = 15 << 3 | LengthDelimited;

    public const int Varint = 0, Fixed64 = 1, LengthDelimited = 2, Fixed32 = 5;
}
