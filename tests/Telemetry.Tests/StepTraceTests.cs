using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Lockstep.Protos;

namespace Lockstep.Telemetry.Tests;

public sealed class StepTraceTests
{
    private const string Run = "0123456789abcdef0123456789abcdef";

    [Fact]
    public void RootOf_IsTheHashThatTheDocsTell()
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Run}/41")));
        var root = StepTrace.RootOf(Run, 41);
        Assert.Equal(hash[..32], root.TraceId.ToHexString());
        Assert.Equal(hash[32..48], root.SpanId.ToHexString());
        Assert.NotEqual(root.TraceId, StepTrace.RootOf(Run, 42).TraceId);
    }

    [Fact]
    public void StartRoot_HasTheIdentifiersOfTheFormula_AndNoParent()
    {
        using var listening = new Listening();
        var from = DateTimeOffset.UtcNow.AddSeconds(-3);
        StepTrace.StartRoot(Run, 41, from).End(from.AddSeconds(2));
        var span = Assert.Single(listening.Spans);
        var root = StepTrace.RootOf(Run, 41);
        Assert.Equal((root.TraceId, root.SpanId, default), (span.TraceId, span.SpanId, span.ParentSpanId));
        Assert.Equal((from.UtcDateTime, TimeSpan.FromSeconds(2)), (span.StartTimeUtc, span.Duration));
        Assert.True(span.Recorded);
        Assert.Null(Activity.Current);
    }

    [Theory]
    [InlineData(0, 10, false)]
    [InlineData(9, 10, true)]
    [InlineData(19, 10, true)]
    [InlineData(20, 10, false)]
    [InlineData(0, 1, true)]
    [InlineData(9, 0, false)]
    public void IsSampled_StepsThatEndAtAMultiple(long step, int every, bool sampled) => Assert.Equal(sampled, StepTrace.IsSampled(step, every));

    [Fact]
    public void Start_NobodyListens_Null() => Assert.Null(StepTrace.StartRoot(Run, 1, DateTimeOffset.UtcNow));
}
