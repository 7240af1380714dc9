using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Replica;

public sealed class ReplicaStateTests
{
    [Fact]
    public void Digest_AnyValueOfAnySectionChanged_Changes()
    {
        var (_, state) = TinyRun.Start();
        using var _ = state;
        var digests = new List<string> { state.Digest() };
        foreach (var (name, layout) in state.Layout.Sections)
        {
            foreach (var place in new[] { 0, (int)layout.Length - 1 })
            {
                var before = state[name].Span[place];
                state[name].Span[place] = before + 1;
                digests.Add(state.Digest());
                state[name].Span[place] = before;
            }
        }
        state.Step++;
        digests.Add(state.Digest());
        state.Step--;

        Assert.Equal(digests.Count, digests.Distinct().Count());
        Assert.Equal(digests[0], state.Digest());
    }

    [Fact]
    public void Digest_OfTwoFreshStates_IsEqual()
    {
        var (_, one) = TinyRun.Start();
        var (_, two) = TinyRun.Start();
        using (one)
        using (two) Assert.Equal(one.Digest(), two.Digest());
    }
}
