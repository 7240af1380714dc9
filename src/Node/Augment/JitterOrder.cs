namespace Lockstep.Node.Augment;

/// <summary>One of the 24 orders of the four jitter operations.</summary>
public readonly record struct JitterOrder
{
    // Two bits an operation, the first one lowest.
    private readonly byte _packed;

    /// <param name="index">0 to 23, in lexicographic order of permutations.</param>
    public JitterOrder(int index)
    {
        if ((uint)index >= 24) throw new ArgumentOutOfRangeException(nameof(index), index, "is not 0 to 23");
        Span<byte> left = stackalloc byte[] { 0, 1, 2, 3 };
        for (var place = 0; place < 4; place++)
        {
            var arrangementsOfRest = place switch { 0 => 6, 1 => 2, _ => 1 };
            (var pick, index) = Math.DivRem(index, arrangementsOfRest);
            _packed |= (byte)(left[pick] << 2 * place);
            left[(pick + 1)..].CopyTo(left[pick..]);
        }
    }

    /// <summary>The operation at a place, 0 to 3.</summary>
    public JitterOperation this[int place] => (JitterOperation)(_packed >> 2 * place & 3);
}
