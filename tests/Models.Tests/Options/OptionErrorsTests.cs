using Lockstep.Models.Options;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Options;

public sealed class OptionErrorsTests
{
    [Fact]
    public void Errors_SeveralFaults_AreAllNamedAtOnce()
    {
        var errors = OptionErrors.Of(TinyRun.Dino with { OutDim = 1, TeacherTemp = 0, GlobalCropsScale = [0.9, 0.4], LocalCropsScale = null! });
        Assert.Equal(4, errors.Count);
        foreach (var key in new[] { "Dino:OutDim", "Dino:TeacherTemp", "Dino:GlobalCropsScale", "Dino:LocalCropsScale" })
            Assert.Single(errors, e => e.StartsWith(key, StringComparison.Ordinal));
    }

    [Fact]
    public void Errors_GoodOptions_AreNone()
    {
        var options = TinyRun.Options(TinyRun.Shape());
        foreach (var section in new object[] { options.Model, options.Dino!, options.Optim, options.Augment }) Assert.Empty(OptionErrors.Of(section));
    }

    [Theory]
    [InlineData("vit_small", 48, "Model:Dim is fixed by Model:Arch")]
    [InlineData("resnet50", 48, "Model:Dim is fixed by Model:Arch resnet50")]
    [InlineData("resnet18", 0, "'resnet18' is not known: set vit_tiny, vit_small, vit_base, vit, resnet50 or resnet")]
    [InlineData("resnet", 0, "Model:Dim is 0: Model:Arch resnet needs Dim and Depth")]
    [InlineData("vit", 0, "Model:Depth is 0")]
    [InlineData("vit", 47, "not a multiple of Model:Heads 3")]
    public void Model_ArchAndDimensionsDisagree_IsAnError(string arch, int dim, string expected)
    {
        var errors = OptionErrors.Of(new ModelOptions { Arch = arch, ImageSize = 32, PatchSize = 8, DropPath = 0, Dim = dim, Depth = 0, Heads = dim == 0 ? 0 : 3, MlpRatio = 4 });
        Assert.Contains(errors, e => e.Contains(expected));
    }

    [Fact]
    public void Model_ResNetWithWhatOnlyAViTHas_IsAnError()
    {
        var errors = OptionErrors.Of(new ModelOptions { Arch = "resnet", ImageSize = 32, PatchSize = 16, DropPath = 0, Dim = 16, Depth = 1, Heads = 2, MlpRatio = 3, Registers = 1 });
        Assert.Equal(3, errors.Count);
        foreach (var key in new[] { "Model:Heads is 2, but Model:Arch resnet has none", "Model:MlpRatio is fixed", "Model:Registers is 1, but Model:Arch resnet has no tokens" })
            Assert.Contains(errors, e => e.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public void Model_PatchOfAResNet_IsNotAsked()
    {
        var model = new ModelOptions { Arch = "resnet50", ImageSize = 225, PatchSize = 16, DropPath = 0.1, Dim = 0, Depth = 0, Heads = 0, MlpRatio = 4 };
        Assert.Empty(OptionErrors.Of(model));
        Assert.Single(OptionErrors.Of(model with { Arch = "vit_small" }));
    }

    [Theory]
    [InlineData("adamw", null)]
    [InlineData("sgd", null)]
    [InlineData("lars", null)]
    [InlineData("adam", "Optim:Optimizer 'adam' is not known: set adamw, sgd or lars")]
    public void Optim_Optimizer_IsOneOfThree(string optimizer, string? expected)
    {
        var errors = OptionErrors.Of(TinyRun.Options(TinyRun.Shape()).Optim with { Optimizer = optimizer });
        Assert.Equal(expected, errors.SingleOrDefault());
    }

    [Theory]
    [InlineData(true, false, 1, "Model:Arch resnet50 normalises")]
    [InlineData(false, true, 1, "Dino:UseBnInHead true normalises")]
    [InlineData(false, false, 1, null)]
    [InlineData(true, true, 2, null)]
    public void Rules_BatchNormOverOneImage_IsAnError(bool resnet, bool inHead, int microbatch, string? expected)
    {
        var run = TinyRun.Shape(microbatches: 4, microbatch);
        var options = TinyRun.Options(run);
        if (resnet) options = options with { Model = options.Model with { Arch = "resnet50", Dim = 0, Depth = 0, Heads = 0 } };
        var errors = MethodRegistry.Errors("dino", options with { Dino = TinyRun.Dino with { UseBnInHead = inHead } }, run);
        if (expected is null) Assert.Empty(errors);
        else Assert.StartsWith(expected, Assert.Single(errors));
    }

    [Fact]
    public void Augment_WrongLists_AreErrors()
    {
        var errors = OptionErrors.Of(TinyRun.Augment with { BlurProbabilities = [1, 2, 0], Std = [0, 1, 1], Ratio = [1] });
        Assert.Equal(3, errors.Count);
    }

    [Fact]
    public void Registry_UnknownName_ListsTheKnownOnes()
    {
        var run = TinyRun.Shape();
        var message = Assert.Throws<ArgumentException>(() => MethodRegistry.Create("byol", TinyRun.Options(run), run)).Message;
        Assert.Contains("byol", message);
        Assert.Contains("dino", message);
        Assert.Equal("dino", MethodRegistry.Create("dino", TinyRun.Options(run), run).Name);
    }

    [Fact]
    public void Registry_ContradictingSections_SayAll()
    {
        var run = TinyRun.Shape() with { Microbatches = 3 };
        var options = TinyRun.Options(TinyRun.Shape()) with { Dino = TinyRun.Dino with { GlobalCropSize = 33, LocalCropSize = 17 } };
        var message = Assert.Throws<ArgumentException>(() => MethodRegistry.Create("dino", options, run)).Message;
        foreach (var part in new[] { "Dino:GlobalCropSize 33", "Dino:LocalCropSize 17", "power of two" }) Assert.Contains(part, message);
    }
}
