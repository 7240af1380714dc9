namespace Lockstep.Node.Augment;

/// <summary>One of the 24 orders of the four jitter operations.</summary>
public readonly record struct JitterOrder
{
    // Two bits an operation, the first one lowest.
    private readonly byte _packed;

    /// <param name="index">0 to 23, in lexicographic order of permutations.</param>
    public JitterOrder(int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, 24u, nameof(index));
        Span<byte> left = [0, 1, 2, 3];
        ReadOnlySpan<int> arrangementsOfRest = [6, 2, 1, 1];
        for (var place = 0; place < 4; place++)
        {
            (var pick, index) = Math.DivRem(index, arrangementsOfRest[place]);
            _packed |= (byte)(left[pick] << 2 * place);
            left[(pick + 1)..].CopyTo(left[pick..]);
        }
    }

    /// <summary>The operation at a place, 0 to 3.</summary>
    public JitterOperation this[int place] => (JitterOperation)(_packed >> 2 * place & 3);
}
