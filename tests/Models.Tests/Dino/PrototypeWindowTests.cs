using Lockstep.Models.Dino;

namespace Lockstep.Models.Tests.Dino;

public sealed class PrototypeWindowTests
{
    private static readonly float[] Even = [1, 1, 1, 1], Two = [2, 2, 0, 0], Other = [0, 0, 2, 2], Rare = [1, 1, 1, 0.02f];

    [Theory]
    [InlineData(4, 4, 4)]
    [InlineData(4, 16, 1)]
    [InlineData(4096, 256, 64)]
    [InlineData(65536, 2048, 128)]
    [InlineData(3, 5, 3)]
    public void Steps_GiveEveryPrototypeFourRows(int prototypes, int rows, long steps) =>
        Assert.Equal(steps, new PrototypeWindow(prototypes, rows).Steps);

    [Fact]
    public void Next_SaysTheShareOfTheLastWholeWindow()
    {
        var window = new PrototypeWindow(4, 8); // of two steps
        Assert.Null(window.Next(0, Two));
        Assert.Equal(0.5, window.Next(1, Two));
        Assert.Equal(0.5, window.Next(2, Two));
        Assert.Equal(0, window.Next(3, Other)); // none is dead that one of the steps used
        Assert.Equal(0, window.Next(4, Even));
        Assert.Equal(0, window.Next(5, Rare)); // 1.02 of 7.02: used, if little
    }

    [Fact]
    public void Next_OfOneThatBeganInTheMiddle_SaysWhatTheOthersSayOnceItKnows()
    {
        var (first, late) = (new PrototypeWindow(4, 8), new PrototypeWindow(4, 8));
        for (var step = 0; step < 3; step++) first.Next(step, step % 2 == 0 ? Two : Even);
        Assert.Equal(0, first.Next(3, Even));
        Assert.Null(late.Next(3, Even)); // the window's first step is missing
        Assert.Equal(0, first.Next(4, Two));
        Assert.Null(late.Next(4, Two));
        Assert.Equal((0.5, 0.5), (first.Next(5, Two), late.Next(5, Two)));
    }

    [Fact]
    public void Next_AfterAJump_BeginsAnew()
    {
        var window = new PrototypeWindow(4, 8);
        window.Next(0, Two);
        Assert.Equal(0.5, window.Next(1, Two));
        Assert.Null(window.Next(7, Two));
        Assert.Null(window.Next(8, Two));
        Assert.Equal(0.5, window.Next(9, Two));
    }

    [Fact]
    public void DeadBelow_OneHundredthOfAnEqualShare()
    {
        Assert.Equal(0.25, new PrototypeWindow(4, 16).Next(0, [1, 1, 1, 0.0074f])); // limit 0.01 * 3.0074 / 4 = 0.00752
        Assert.Equal(0, new PrototypeWindow(4, 16).Next(0, [1, 1, 1, 0.0076f]));
    }
}
