using System.Collections.Concurrent;
using System.Globalization;

namespace Lockstep.World.Tests;

/// <summary>
/// What is learned in this world: a state is one number; a microbatch contributes floats that follow from state, step and
/// microbatch; the next state follows from the sum's bits. So a sum in another order, or of other contributions, or from
/// another state, shows in the next state. Also the chain of states of a run without faults.
/// </summary>
internal sealed class Arithmetic
{
    public const ulong FirstState = 0x4C6F636B73746570;
    private const int MostSteps = 64;
    private static readonly ConcurrentDictionary<(int, int), Arithmetic> Known = new();
    private readonly ulong[] _states = new ulong[MostSteps + 1];
    private readonly string[] _sums = new string[MostSteps];

    private Arithmetic(int microbatches, int floats)
    {
        (Microbatches, Floats, _states[0]) = (microbatches, floats, FirstState);
        for (var step = 0; step < MostSteps; step++)
        {
            var sum = SumOf(_states[step], step, 0, microbatches);
            _sums[step] = DigestOf(sum);
            _states[step + 1] = Next(_states[step], step, sum);
        }
    }

    public int Microbatches { get; }

    public int Floats { get; }

    public static Arithmetic Of(int microbatches, int floats) => Known.GetOrAdd((microbatches, floats), key => new(key.Item1, key.Item2));

    public static string Text(ulong state) => state.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Digest of the state with so many steps, in a run without faults.</summary>
    public ulong StateAt(long step) => _states[step];

    /// <summary>Digest of the sum of a step, in a run without faults.</summary>
    public string SumAt(long step) => _sums[step];

    /// <summary>Floats of differing sizes, so that the order of additions shows.</summary>
    public static float[] Contribution(ulong state, long step, int microbatch, int floats)
    {
        var chance = new SplitMix64(SplitMix64.Mix(state ^ SplitMix64.Mix((ulong)step * 0x10001 + (ulong)microbatch)));
        var values = new float[floats];
        for (var i = 0; i < floats; i++)
        {
            var bits = chance.Next();
            values[i] = MathF.ScaleB(1 + (bits & 0x7FFFFF) / 8388608f, (int)(bits >> 40 & 7)) * ((bits >> 60 & 1) == 0 ? 1 : -1);
        }
        return values;
    }

    public static string DigestOf(ReadOnlySpan<float> sum) => Text(Hash(sum));

    public static ulong Next(ulong state, long step, ReadOnlySpan<float> sum) => SplitMix64.Mix(state ^ SplitMix64.Mix(Hash(sum) + (ulong)step));

    private static ulong Hash(ReadOnlySpan<float> sum)
    {
        var hash = 0xCBF29CE484222325UL;
        foreach (var value in sum) hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 0x100000001B3;
        return SplitMix64.Mix(hash);
    }

    private float[] SumOf(ulong state, long step, int first, int count)
    {
        if (count == 1) return Contribution(state, step, first, Floats);
        var (left, right) = (SumOf(state, step, first, count / 2), SumOf(state, step, first + count / 2, count / 2));
        for (var i = 0; i < Floats; i++) left[i] += right[i];
        return left;
    }
}
