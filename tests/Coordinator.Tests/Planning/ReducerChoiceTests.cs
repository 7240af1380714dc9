using Lockstep.Coordinator.Planning;
using Xunit;

namespace Lockstep.Coordinator.Tests.Planning;

public sealed class ReducerChoiceTests
{
    [Theory]
    [InlineData("hub", 0, 100, true, "hub", 0)]
    [InlineData("direct", 0, 1, true, "direct", 0)]
    [InlineData("direct", 0, 64, true, "direct", 0)]
    [InlineData("direct", 4, 16, true, "direct", 4)]
    [InlineData("direct", 16, 16, true, "direct", 0)]
    [InlineData("auto", 0, 1, true, "hub", 0)]
    [InlineData("auto", 0, 2, true, "hub", 0)]
    [InlineData("auto", 0, 2, false, "hub", 0)]
    [InlineData("auto", 0, 3, true, "direct", 0)]
    [InlineData("auto", 0, 64, true, "direct", 0)]
    [InlineData("auto", 0, 65, true, "direct", 8)]
    [InlineData("auto", 0, 128, true, "direct", 8)]
    [InlineData("auto", 0, 256, true, "direct", 16)]
    [InlineData("auto", 0, 512, true, "direct", 16)]
    [InlineData("auto", 0, 513, true, "direct", 32)]
    [InlineData("auto", 0, 1024, true, "direct", 32)]
    [InlineData("auto", 0, 4096, true, "direct", 64)]
    public void Of_WhatCanBeDone_FollowsTheRule(string setting, int groupSize, int nodes, bool allServe, string reducer, int group) =>
        Assert.Equal((reducer, group, null), ReducerChoice.Of(setting, groupSize, nodes, allServe));

    [Theory]
    [InlineData("direct", 2)]
    [InlineData("auto", 3)]
    public void Of_AMemberServesNoAddress_IsHubWithTheReason(string setting, int nodes)
    {
        var (reducer, group, why) = ReducerChoice.Of(setting, 4, nodes, allServe: false);

        Assert.Equal(("hub", 0), (reducer, group));
        Assert.Contains("not all members serve an address", why);
    }

    [Fact]
    public void Of_AnythingElse_IsRefused() => Assert.Throws<ArgumentException>(() => ReducerChoice.Of("ring", 0, 3, true));
}
