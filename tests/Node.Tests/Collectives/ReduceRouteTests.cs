using Lockstep.Protos;
using Xunit;

namespace Lockstep.Node.Tests.Collectives;

public sealed class ReduceRouteTests
{
    public static MatrixTheoryData<int, int, int> Groupings => new([1, 2, 3, 5, 8, 9, 16], [0, 1, 2, 3, 4, 5, 20], [1, 37, 100_003]);

    [Theory]
    [MemberData(nameof(Groupings))]
    public void Slices_AnyMembersAndGroups_CoverTheBufferAndBelongToTheirGroups(int members, int group, int floats)
    {
        var plan = TestRun.Shape(1, "direct", group, members, microbatches: 16, sliceFloats: 4096);
        var route = ReduceRoute.Of(plan, floats);
        var size = group > 1 && group < members ? group : members;

        var at = 0;
        foreach (var (slice, number) in route.Slices.Select((slice, i) => (slice, i)))
        {
            Assert.Equal((number, at), (slice.Number, slice.Offset));
            Assert.InRange(slice.Length, 1, 4096);
            Assert.Equal((members + size - 1) / size, slice.Owners.Length);
            Assert.All(slice.Owners, (owner, g) => Assert.Equal(g, owner / size));
            Assert.Contains(slice.Root, slice.Owners);
            at += slice.Length;
        }
        Assert.Equal(floats, at);
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(7, 0)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(9, 4)]
    [InlineData(16, 4)]
    [InlineData(5, 2)]
    public void Slices_LongBuffer_MakeEveryMemberTheRootOfAsMuch(int members, int group)
    {
        const int Floats = 1_000_000;
        var route = ReduceRoute.Of(TestRun.Shape(1, "direct", group, members, sliceFloats: 4096), Floats);

        var shares = route.Slices.GroupBy(slice => slice.Root).Select(own => own.Sum(slice => slice.Length)).ToArray();

        Assert.Equal(members, shares.Length);
        Assert.All(shares, share => Assert.InRange(share, 0.99 * Floats / members, 1.01 * Floats / members));
    }

    [Fact]
    public void Slices_Hub_AreTheCoordinatorsFromMultiplesOfTheSliceLength()
    {
        var route = ReduceRoute.Of(TestRun.Shape(1, "hub", 2, 4, sliceFloats: 1000), 2500);

        Assert.Equal([(0, 1000), (1000, 1000), (2000, 500)], route.Slices.Select(slice => (slice.Offset, slice.Length)));
        Assert.All(route.Slices, slice => Assert.Equal((ReduceRoute.Hub, ReduceRoute.Hub), (slice.Root, route.OwnerFor(slice, 3))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public void Hearers_AnySlice_AreEveryoneExactlyOnce(int group)
    {
        var plan = TestRun.Shape(1, "direct", group, 7, listening: 2, sliceFloats: 300);
        var route = ReduceRoute.Of(plan, 5000);

        foreach (var slice in route.Slices)
        {
            var heard = slice.Owners.Append(slice.Root).Distinct().SelectMany(owner => route.Hearers(slice, owner)).Append(slice.Root).Order();
            Assert.Equal(Enumerable.Range(0, 9), heard);
            Assert.All(plan.Members.Where(member => member.Listens), member => Assert.NotEqual(member.NodeIndex, route.OwnerFor(slice, member.NodeIndex)));
        }
    }

    [Fact]
    public void WorkOf_Groups_AreTheUnionsOfTheirMembers()
    {
        var route = ReduceRoute.Of(TestRun.Shape(1, "direct", 2, 3, listening: 1, microbatches: 16, seed: 5), 5000);

        Assert.Equal(16, route.WorkOf(0, 7).Count + route.WorkOf(1, 7).Count);
        Assert.Equal("[0, 10)", route.WorkOf(0, 8).ToString());
        Assert.Equal("[10, 16)", route.WorkOf(1, 8).ToString());
    }

    [Fact]
    public void Of_EverybodyListens_Throws() =>
        Assert.Throws<ArgumentException>(() => ReduceRoute.Of(TestRun.Shape(1, "direct", 0, 0, listening: 2), 100));
}
