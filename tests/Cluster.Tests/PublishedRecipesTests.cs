using Lockstep.Cli.Recipes;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Cluster.Tests;

/// <summary>The recipes that aim at a published result: complete, of the published size, and able to take a step.</summary>
public sealed class PublishedRecipesTests
{
    private const long ImageNetImages = 1_281_167;

    [Theory] // parameters: backbone and head of ParameterCountTests; ResNet-50's head: 2048 * 4096 + 4096 + 2 * 4096 + 4096 * 256 + 256 + 60000 * 257
    [InlineData("dino-vits16-imagenet", 21_665_664 + 22_352_128, 100 * 2502)]
    [InlineData("dino-vits16-imagenet-boosted", 21_665_664 + 22_352_128, 300 * 1251)]
    [InlineData("dino-vits8", 21_670_272 + 22_352_128, 800 * 1251)]
    [InlineData("dino-vitb16", 85_798_656 + 23_138_560, 400 * 1251)]
    [InlineData("dino-resnet50", 23_508_032 + 24_869_728, 800 * 314)]
    public void Recipe_OnImageNet_HasThePublishedNetworkAndLength(string name, long parameters, long steps)
    {
        var recipe = RecipeLoader.Load(name, []);
        var shape = recipe.ShapeFor(ImageNetImages);
        Assert.Empty(recipe.MethodErrors(shape));
        Assert.Equal(steps, shape.TotalSteps);
        var student = recipe.CreateMethod(shape).State.Sections.First(s => s.Name == "student").Layout;
        Assert.Equal(parameters, student.Entries.Where(e => !e.Name.Contains(".running_", StringComparison.Ordinal)).Sum(e => e.Length));
        Assert.Contains("Published: ", recipe.Json);
        Assert.Contains("% k-NN, ", recipe.Json);
    }

    [Fact]
    public void Recipe_WithTwoSmallImages_TakesAStep() => TakeStep("dino-vits16-imagenet");

    [Theory, Trait("Category", "Long")] // up to a gigabyte each
    [InlineData("dino-vits16-imagenet-boosted")]
    [InlineData("dino-vits8")]
    [InlineData("dino-vitb16")]
    [InlineData("dino-resnet50")]
    public void Recipe_OfAnotherNetworkWithTwoSmallImages_TakesAStep(string name) => TakeStep(name);

    [Fact]
    public void Recipes_OfEveryFile_AreValidAndSayWhatTheyAimAt()
    {
        foreach (var path in RecipeFolder.All)
        {
            var recipe = RecipeLoader.Load(path, []);
            Assert.True(recipe.Json.Contains("\"Comment\": \"", StringComparison.Ordinal) && recipe.Json.Contains(" %", StringComparison.Ordinal), path);
        }
    }

    private static void TakeStep(string name)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        var recipe = RecipeLoader.Load(name,
        [
            "Run:Epochs=0", "Run:Steps=10", "Run:GlobalBatch=2", "Run:Microbatches=1",
            "Dino:OutDim=64", "Dino:GlobalCropSize=64", "Dino:LocalCropSize=32", "Dino:LocalCropsNumber=2",
        ]);
        var method = recipe.CreateMethod(recipe.ShapeFor(ImageNetImages));
        using var state = new ReplicaState(method.State);
        method.Initialize(state);
        state.Step = 3; // at step 0 the learning rate is 0
        var before = state["student"].Tensor.clone();
        using var lane = method.CreateLane(state);
        var report = method.Apply(state, lane.Compute([.. method.Views.Select(v => randn(2, 3, v.Size, v.Size))], 0));
        Assert.True(report.Finite);
        Assert.Equal(4, state.Step);
        Assert.InRange(report.Loss, 1, 20); // ln 64 is 4.2
        Assert.True((state["student"].Tensor - before).abs().max().item<float>() > 0);
    }
}
