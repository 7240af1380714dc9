using System.Text.Json;
using Lockstep.Models.Replica;
using Lockstep.Node.Replica.NotFinite;
using Xunit;

namespace Lockstep.Node.Tests.Replica.NotFinite;

public sealed class NotFiniteReportTests
{
    [Fact]
    public void TensorFaults_NameWhatCannotBeComputedWith()
    {
        using var buffer = new FlatBuffer(new FlatLayout([("a", [3]), ("b", [2, 2]), ("c", [1])]));
        buffer.SpanOf("a")[1] = 3e38f;
        buffer.SpanOf("a")[2] = float.NegativeInfinity;
        buffer.SpanOf("b")[3] = float.NaN;
        buffer.SpanOf("c")[0] = -1e14f;
        Assert.Equal([new("student.a", 0, 2, 3), new("student.b", 1, 0, 4)], TensorFault.Of(buffer, "student."));
    }

    [Fact]
    public void Describe_NamesStepMicrobatchesAndImages()
    {
        var text = Report(Enumerable.Range(1, 6).Select(m => Suspect(m, "cat/a.png", "dog/b.png"))).Describe("runs/a");
        Assert.Contains("step 12 (epoch 1) was not applied, since its loss is not finite: first in microbatches 1, 2, 3, 4 and 2 more, with images 'cat/a.png', 'dog/b.png', 'cat/a.png', 'dog/b.png' and 8 more.", text);
        Assert.Contains(Path.Combine("runs/a", "not-finite", "step-00000012", "report.json"), text);
        Assert.Contains("Optim:SkipNotFinite", text);
    }

    [Fact]
    public void Describe_OneImageStandsOut_NamesItAlone() =>
        Assert.Contains("first in microbatch 5, with image 'dog/b.png'.", Report([Suspect(5, "cat/a.png", "dog/b.png!")]).Describe("runs/a"));

    [Fact]
    public void Describe_GradientAlone_NamesTheFirstTensor() =>
        Assert.Contains("since 'head.w' of its sum is not finite", (Report([Suspect(0, "a")]) with { Loss = 2 }).Describe("runs/a"));

    [Fact]
    public void Describe_NothingFoundAgain_SuspectsTheMachine() =>
        Assert.Contains("none of its 8 microbatches is, when it is computed again", Report([]).Describe("runs/a"));

    [Fact]
    public void Describe_StateWasNotFiniteBefore_SaysSo() =>
        Assert.Contains("not finite already (student.w)", (Report([Suspect(0, "a")]) with { State = [new("student.w", 1, 0, 9)] }).Describe("runs/a"));

    private static SuspectMicrobatch Suspect(int microbatch, params string[] names) => new(
        microbatch, new Dictionary<string, double>(),
        [.. names.Select((name, row) => new SuspectSample(row, 1, row, name.TrimEnd('!'), name.EndsWith('!')))], [new("head.w", 1, 0, 4)]);

    private static NotFiniteReport Report(IEnumerable<SuspectMicrobatch> suspects) => new()
    {
        Step = 12,
        Epoch = 1,
        Loss = double.NaN,
        Run = "run",
        RecipeHash = "hash",
        StateDigest = "digest",
        Again = "again",
        State = [],
        Sum = [new("head.w", 1, 0, 4)],
        Microbatches = 8,
        ComputedAgain = 8,
        Suspects = [.. suspects],
        Recipe = JsonDocument.Parse("{}").RootElement,
    };
}
