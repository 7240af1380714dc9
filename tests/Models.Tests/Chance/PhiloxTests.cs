using Lockstep.Models.Chance;

namespace Lockstep.Models.Tests.Chance;

public sealed class PhiloxTests
{
    [Theory] // Random123's kat_vectors, philox4x32 with 10 rounds
    [InlineData(new uint[] { 0, 0, 0, 0 }, new uint[] { 0, 0 }, new uint[] { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 })]
    [InlineData(new uint[] { ~0u, ~0u, ~0u, ~0u }, new uint[] { ~0u, ~0u }, new uint[] { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd })]
    [InlineData(
        new uint[] { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, new uint[] { 0xa4093822, 0x299f31d0 },
        new uint[] { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 })]
    public void Rounds_KnownInputs_GiveThePublishedOutputs(uint[] counter, uint[] key, uint[] expected)
    {
        var (a, b, c, d) = Philox.Rounds((counter[0], counter[1], counter[2], counter[3]), (key[0], key[1]));
        Assert.Equal(expected, new[] { a, b, c, d });
    }

    [Fact]
    public void Streams_DifferingInOneKeyPart_AreDifferent()
    {
        Philox[] streams =
        [
            new(ChanceDomain.Model, 1, 2, 3, 4), new(ChanceDomain.Augment, 1, 2, 3, 4), new(ChanceDomain.Model, 2, 2, 3, 4),
            new(ChanceDomain.Model, 1, 3, 3, 4), new(ChanceDomain.Model, 1, 2, 4, 4), new(ChanceDomain.Model, 1, 2, 3, 5),
            new(ChanceDomain.Model, 1, 2, 3 + (1UL << 32), 4),
        ];
        var first = streams.Select(s => s.NextUInt64()).ToArray();
        Assert.Equal(first.Length, first.Distinct().Count());
    }

    [Fact]
    public void Stream_SameKey_RepeatsItself()
    {
        var (one, two) = (new Philox(ChanceDomain.Order, 9, 1), new Philox(ChanceDomain.Order, 9, 1));
        for (var i = 0; i < 100; i++) Assert.Equal(one.NextUInt32(), two.NextUInt32());
    }

    [Fact]
    public void NextDouble_ManyDraws_AreUniform()
    {
        var chance = new Philox(ChanceDomain.Samples, 3, 0);
        var (sum, squares) = (0.0, 0.0);
        const int draws = 100_000;
        for (var i = 0; i < draws; i++)
        {
            var value = chance.NextDouble();
            Assert.InRange(value, 0, 1 - 1e-17);
            (sum, squares) = (sum + value, squares + value * value);
        }
        Assert.Equal(0.5, sum / draws, 0.005);              // 5 standard errors
        Assert.Equal(1.0 / 3, squares / draws, 0.005);
    }

    [Fact]
    public void Key_TooLarge_IsRejected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Philox(ChanceDomain.Model, 0, 1UL << 32));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Philox(ChanceDomain.Model, 0, 0, 1UL << 48));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Philox(ChanceDomain.Model, 0, 0, 0, 1UL << 16));
    }
}
