using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Replica;
using Lockstep.Models.Tests.Golden;
using static TorchSharp.torch;

namespace Lockstep.Models.Tests.Dino;

/// <summary>Regions of a contribution that a lane tells while backward runs.</summary>
public sealed class BackwardProgressTests
{
    public static TheoryData<string> Recipes => ["plain", "drop path", "learnt lengths", "one head layer", "batch norm", "no local crops", "recomputed", "bfloat16", "registers", "koleo"];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Compute_WithSink_GivesTheBitsThatItGivesWithout(string recipe)
    {
        var (method, state) = Start(recipe);
        using var _ = state;
        using var lane = method.CreateLane(state);
        using var other = method.CreateLane(state);
        for (var m = 0; m < 3; m++)
        {
            using var scope = NewDisposeScope();
            var views = TinyRun.NoiseViews(method, 3, (ulong)m);
            Assert.Equal(Bits(other.Compute(views, m).Span), Bits(lane.Compute(views, m, new Recorder()).Span));
        }
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Compute_EveryRegionTold_HoldsItsFinalBits(string recipe)
    {
        var (method, state) = Start(recipe);
        using var _ = state;
        using var lane = method.CreateLane(state);
        for (var m = 0; m < 3; m++)
        {
            using var scope = NewDisposeScope();
            var sink = new Recorder();
            var contribution = lane.Compute(TinyRun.NoiseViews(method, 3, (ulong)m), m, sink).Span;
            foreach (var (offset, bits) in sink.Told) Assert.Equal(Bits(contribution.Slice(offset, bits.Length)), bits);

            // From the back, each once, all of it: statistics, head, blocks, embedding.
            var end = contribution.Length;
            foreach (var (offset, bits) in sink.Told)
            {
                Assert.Equal(end, offset + bits.Length);
                end = offset;
            }
            Assert.Equal(0, end);
            var layout = method.Contribution;
            Assert.Equal(
                [layout[DinoState.CenterSum].Offset, layout.Entries.First(e => e.Name.StartsWith("head.", StringComparison.Ordinal)).Offset,
                    layout["backbone.blocks.1.norm1.weight"].Offset, layout["backbone.blocks.0.norm1.weight"].Offset, 0],
                sink.Told.Select(told => (long)told.Offset));
        }
    }

    [Fact]
    public void Compute_RegionsAreTold_BeforeTheEmbeddingHasItsGradient()
    {
        var (method, state) = Start("plain");
        using var _ = state;
        using var lane = method.CreateLane(state);
        var embedded = new List<bool>();
        var embedding = method.Contribution["backbone.patch_embed.proj.weight"];
        lane.Compute(TinyRun.NoiseViews(method, 3, 1), 0, new Recorder
        {
            OnTold = (contribution, _) => embedded.Add(!IsZero(contribution, embedding)),
        });
        Assert.Equal([false, false, false, false, true], embedded);
    }

    [Fact]
    public void Compute_SinkThrows_TheCallerGetsItAndTheLaneGoesOn()
    {
        var (method, state) = Start("plain");
        using var _ = state;
        using var lane = method.CreateLane(state);
        var views = TinyRun.NoiseViews(method, 3, 1);
        var expected = Bits(lane.Compute(views, 0).Span);
        var calls = 0;
        var failing = new Recorder
        {
            OnTold = (_, _) =>
            {
                if (++calls == 2) throw new IOException("full");
            },
        };
        Assert.Equal("full", Assert.Throws<IOException>(() => lane.Compute(views, 0, failing)).Message);
        Assert.Equal(2, calls);
        var sink = new Recorder();
        Assert.Equal(expected, Bits(lane.Compute(views, 0, sink).Span));
        Assert.Equal(5, sink.Told.Count);
    }

    [Fact]
    public void Compute_WithSink_LeavesNoTensorsInTheCallersScope()
    {
        var (method, state) = Start("plain");
        using var _ = state;
        using var views = NewDisposeScope();
        var images = TinyRun.NoiseViews(method, 3, 1);
        using var lane = method.CreateLane(state);
        using var scope = NewDisposeScope();
        lane.Compute(images, 0, new Recorder());
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Layout_OfEveryRecipe_IsInTheOrderOfTheNetwork()
    {
        foreach (string recipe in Recipes)
        {
            var (method, state) = Start(recipe);
            using var _ = state;
            string[] order = ["backbone.cls_token", "backbone.pos_embed", "backbone.register_tokens", "backbone.patch_embed.", "backbone.blocks.0.", "backbone.blocks.1.", "backbone.norm.", "head.", "stat."];
            var places = method.Contribution.Entries.Select(e => Array.FindIndex(order, place => e.Name.StartsWith(place, StringComparison.Ordinal))).ToArray();
            Assert.DoesNotContain(-1, places);
            Assert.Equal(places.Order(), places);
        }
    }

    [Fact]
    public void Construct_LayoutInAnotherOrder_NamesTheStray()
    {
        using var buffer = new FlatBuffer(new FlatLayout([("a.x", [4]), ("b.x", [4]), ("a.y", [4])]));
        Assert.Contains("'a.y'", Assert.Throws<ArgumentException>(() => new BackwardProgress(buffer, ["a.", "b."], 48)).Message);
    }

    [Fact]
    public void Mark_MetInOnePassOfTwo_TellsNothing()
    {
        using var scope = NewDisposeScope();
        using var buffer = new FlatBuffer(new FlatLayout([("a.x", [4]), ("b.x", [4]), ("stat.x", [1])]));
        var progress = new BackwardProgress(buffer, ["a.", "b."], 32);
        var sink = new Recorder();
        progress.Begin(sink);
        var x = ones(2).requires_grad_();
        var (one, two) = (progress.Mark(x, 1).sum(), progress.Mark(x, 1).sum());
        progress.Mark(x, 0); // never reached: what lies before it is told at the end
        progress.Statistics();
        one.backward();
        Assert.Equal([32], sink.Told.Select(t => t.Offset));
        two.backward();
        Assert.Equal([32, 16], sink.Told.Select(t => t.Offset));
        progress.End();
        Assert.Equal([32, 16, 0], sink.Told.Select(t => t.Offset));
    }

    private static (DinoMethod Method, ReplicaState State) Start(string recipe) => TinyRun.Start(dropPath: recipe is "drop path" or "recomputed" ? 0.5 : 0, change: options => options with
    {
        RecomputeBlocks = recipe == "recomputed",
        Model = options.Model with { Compute = recipe == "bfloat16" ? "bfloat16" : "float32", Registers = recipe == "registers" ? 2 : 0 },
        Dino = recipe switch
        {
            "learnt lengths" => options.Dino! with { NormLastLayer = false },
            "one head layer" => options.Dino! with { HeadLayers = 1 },
            "batch norm" => options.Dino! with { UseBnInHead = true },
            "no local crops" => options.Dino! with { LocalCropsNumber = 0 },
            "koleo" => options.Dino! with { KoLeoWeight = 0.1 },
            _ => options.Dino,
        },
    });

    private static bool IsZero(ReadOnlySpan<float> contribution, FlatEntry entry) =>
        !contribution.Slice((int)entry.Offset, (int)entry.Length).ContainsAnyExcept(0f);

    private static int[] Bits(ReadOnlySpan<float> floats) => System.Runtime.InteropServices.MemoryMarshal.Cast<float, int>(floats).ToArray();

    private delegate void Told(ReadOnlySpan<float> contribution, int offset);

    private sealed class Recorder : IContributionSink
    {
        public List<(int Offset, int[] Bits)> Told { get; } = [];

        public Told? OnTold { get; init; }

        public void Final(ReadOnlySpan<float> contribution, int offset, int length)
        {
            Told.Add((offset, Bits(contribution.Slice(offset, length))));
            OnTold?.Invoke(contribution, offset);
        }
    }
}
