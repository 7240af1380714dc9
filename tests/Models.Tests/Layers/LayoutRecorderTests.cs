using Lockstep.Models.Layers;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Layers;

public sealed class LayoutRecorderTests
{
    [Fact]
    public void Initialize_OtherNeighboursAndOrder_GiveTheSameValues()
    {
        var (alone, among) = (new LayoutRecorder(), new LayoutRecorder());
        alone.Get("x", [100], Init.TruncatedNormal(0.02));
        among.Get("w", [7], Init.Uniform(4));
        among.Get("x", [100], Init.TruncatedNormal(0.02));
        Assert.Equal(Fill(alone, 3, "x"), Fill(among, 3, "x"));
        Assert.NotEqual(Fill(alone, 3, "x"), Fill(alone, 4, "x"));
    }

    [Fact]
    public void TruncatedNormal_HasTheStatedSpread()
    {
        var recorder = new LayoutRecorder();
        recorder.Get("x", [50_000], Init.TruncatedNormal(0.02));
        var values = Fill(recorder, 1, "x");
        Assert.Equal(0, values.Average(), 5e-4);                                   // 5 standard errors
        Assert.Equal(0.02, Math.Sqrt(values.Average(v => (double)v * v)), 4e-4);
    }

    [Fact]
    public void KaimingNormal_HasTheVarianceOfTwoOverItsOutputs()
    {
        var recorder = new LayoutRecorder();
        recorder.Get("x", [50_000], Init.KaimingNormal(64 * 7 * 7));
        var values = Fill(recorder, 1, "x");
        Assert.Equal(0, values.Average(), 6e-4);                                   // 5 standard errors
        Assert.Equal(Math.Sqrt(2.0 / 3136), Math.Sqrt(values.Average(v => (double)v * v)), 4e-4);
    }

    [Fact]
    public void Uniform_StaysInItsBoundsAndFillsThem()
    {
        var recorder = new LayoutRecorder();
        recorder.Get("x", [10_000], Init.Uniform(256));
        var values = Fill(recorder, 1, "x");
        Assert.InRange(values.Max(), 0.062, 1 / 16.0);
        Assert.InRange(values.Min(), -1 / 16.0, -0.062);
    }

    [Fact]
    public void Binder_WrongShape_SaysBoth()
    {
        using var buffer = new FlatBuffer(new FlatLayout([("x", [2, 3])]));
        using var binder = new ParameterBinder(buffer);
        var message = Assert.Throws<ArgumentException>(() => binder.Get("x", [3, 2], Init.Zeros)).Message;
        Assert.Contains("[2, 3]", message);
        Assert.Contains("[3, 2]", message);
    }

    private static float[] Fill(LayoutRecorder recorder, ulong seed, string name)
    {
        using var buffer = new FlatBuffer(recorder.Layout);
        recorder.Initialize(buffer, seed);
        return buffer.SpanOf(name).ToArray();
    }
}
