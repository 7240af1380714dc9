using Lockstep.Node.Evaluation.Pictures;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Pictures;

public sealed class AttentionMassTests
{
    [Theory]
    [InlineData(0.6, "0.6")]
    [InlineData(0.25, "0.25")]
    public void Keep_IsWhatSortedSumsOfPyTorchKeep(double share, string name)
    {
        var golden = Fixtures.Load("evaluation");
        for (var head = 0; head < 3; head++)
        {
            var map = golden["attention.maps"].AsSpan(head * 36, 36);
            Assert.Equal(golden[$"attention.keep.{name}"].AsSpan(head * 36, 36).ToArray().Select(k => k == 1), AttentionMass.Keep(map, share));
        }
    }

    [Fact]
    public void Keep_WholeMass_IsEverything() => Assert.Equal([true, true], AttentionMass.Keep([0.9f, 0.1f], 1));

    [Fact]
    public void Keep_MostOnOnePatch_IsThatOne() => Assert.Equal([false, true, false], AttentionMass.Keep([0.1f, 0.8f, 0.1f], 0.6));
}
