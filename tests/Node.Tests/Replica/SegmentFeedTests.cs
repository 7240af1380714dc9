using Lockstep.Node.Replica;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Replica;

public sealed class SegmentFeedTests
{
    private const int Floats = 50, Segment = 16;

    [Theory]
    [InlineData(50)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(33)]
    public void Final_RegionsOfAnyLength_AddEachSegmentWhenAllOfItIsFinal(int length)
    {
        var sums = new StepPartials(2, Floats, Segment);
        var contribution = Enumerable.Range(0, Floats).Select(i => i + 0.5f).ToArray();
        var feed = new SegmentFeed();
        for (var microbatch = 0; microbatch < 2; microbatch++)
        {
            sums.Begin(MicrobatchSet.Of(new MicrobatchBlock(microbatch, 1)));
            feed.Begin(sums, microbatch);
            for (var end = Floats; end > 0; end -= length)
            {
                var start = Math.Max(0, end - length);
                feed.Final(contribution, start, end - start);
                for (var s = 0; s < Floats; s += Segment) Assert.Equal(s >= start, sums.IsSummed(s, 1));
            }
            feed.End();
            Assert.Equal(contribution, sums.SumOf(new(microbatch, 1), 0, Floats).ToArray());
        }
    }

    [Fact]
    public void End_SomethingNotTold_Throws()
    {
        var sums = new StepPartials(2, Floats, Segment);
        sums.Begin(MicrobatchSet.Of(new MicrobatchBlock(0, 2)));
        var feed = new SegmentFeed();
        feed.Begin(sums, 1);
        feed.Final(new float[Floats], 1, Floats - 1);
        Assert.Contains("microbatch 1", Assert.Throws<InvalidOperationException>(feed.End).Message);
    }
}
