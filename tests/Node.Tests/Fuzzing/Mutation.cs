using System.Buffers.Binary;
using Lockstep.Models.Chance;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>Makes bad input of good: a formula of (seed, target, case), so that any case can be made again by itself.</summary>
internal static class Mutation
{
    private const int MaxChanges = 6;
    private const int MaxInputBytes = 1 << 20;

    private static readonly byte[] s_bytes = [0, 1, 0x7F, 0x80, 0xFE, 0xFF];
    private static readonly uint[] s_lengths = [0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF];

    public static byte[] Make(FuzzTarget target, ulong seed, int index)
    {
        var chance = new Philox(ChanceDomain.Samples, seed ^ StableHash(target.Name), (ulong)index);
        byte[] input = [.. target.Seeds[chance.NextInt(target.Seeds.Count)]];
        var changes = 1;
        while (changes < MaxChanges && chance.NextBool(0.5)) changes++;
        for (var i = 0; i < changes && input.Length > 0; i++) input = Change(input, target, ref chance);
        if (chance.NextBool(0.5)) target.Mend(input);
        return input;
    }

    private static byte[] Change(byte[] input, FuzzTarget target, ref Philox chance)
    {
        var at = chance.NextInt(input.Length);
        switch (chance.NextInt(10))
        {
            case 0 or 1:
                input[at] ^= (byte)(1 << chance.NextInt(8));
                return input;
            case 2:
                input[at] = chance.NextBool(0.5) ? s_bytes[chance.NextInt(s_bytes.Length)] : (byte)chance.NextUInt32();
                return input;
            case 3 or 4:
                SetLength(input.AsSpan(at), ref chance);
                return input;
            case 5:
                return input[..at]; // cut off
            case 6: // the head of this, the tail of another
                var other = target.Seeds[chance.NextInt(target.Seeds.Count)];
                return [.. input[..at], .. other[chance.NextInt(other.Length)..]];
            case 7: // a block once more, or not at all
                var end = Math.Min(input.Length, at + 1 + chance.NextInt(64));
                if (chance.NextBool(0.5)) return [.. input[..at], .. input[end..]];
                return input.Length > MaxInputBytes ? input : [.. input[..end], .. input[at..]];
            default:
                return Reorder(input, target.Parts(input), ref chance);
        }
    }

    private static void SetLength(Span<byte> at, ref Philox chance)
    {
        var length = s_lengths[chance.NextInt(s_lengths.Length)];
        switch (chance.NextInt(4))
        {
            case 0 when at.Length >= 4: BinaryPrimitives.WriteUInt32BigEndian(at, length); break;
            case 1 when at.Length >= 4: BinaryPrimitives.WriteUInt32LittleEndian(at, length); break;
            case 2 when at.Length >= 2: BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)length); break;
            case 3 when at.Length >= 2: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)length); break;
            default: at[0] = (byte)length; break;
        }
    }

    // A part moved, repeated or left out; the last one goes up to the end.
    private static byte[] Reorder(byte[] input, IReadOnlyList<int> starts, ref Philox chance)
    {
        if (starts.Count < 2) return input;
        var part = chance.NextInt(starts.Count);
        var (from, to) = (starts[part], part + 1 < starts.Count ? starts[part + 1] : input.Length);
        var moved = input[from..to];
        byte[] rest = [.. input[..from], .. input[to..]];
        switch (chance.NextInt(3))
        {
            case 0: return rest;
            case 1 when input.Length <= MaxInputBytes: return [.. input[..to], .. moved, .. input[to..]];
            default:
                var target = Math.Min(starts[chance.NextInt(starts.Count)], rest.Length);
                return [.. rest[..target], .. moved, .. rest[target..]];
        }
    }

    // FNV-1a; string.GetHashCode differs from process to process.
    private static ulong StableHash(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }
}
