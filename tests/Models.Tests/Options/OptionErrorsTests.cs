using Lockstep.Models.Options;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Options;

public sealed class OptionErrorsTests
{
    [Fact]
    public void Errors_SeveralFaults_AreAllNamedAtOnce()
    {
        var errors = OptionErrors.Of(TinyRun.Dino with { OutDim = 1, TeacherTemp = 0, UseBnInHead = true, GlobalCropsScale = [0.9, 0.4], LocalCropsScale = null! });
        Assert.Equal(5, errors.Count);
        foreach (var key in new[] { "Dino:OutDim", "Dino:TeacherTemp", "Dino:UseBnInHead", "Dino:GlobalCropsScale", "Dino:LocalCropsScale" })
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
    [InlineData("resnet50", 0, "'resnet50' is not known")]
    [InlineData("vit", 0, "Model:Depth is 0")]
    [InlineData("vit", 47, "not a multiple of Model:Heads 3")]
    public void Model_ArchAndDimensionsDisagree_IsAnError(string arch, int dim, string expected)
    {
        var errors = OptionErrors.Of(new ModelOptions { Arch = arch, ImageSize = 32, PatchSize = 8, DropPath = 0, Dim = dim, Depth = 0, Heads = dim == 0 ? 0 : 3, MlpRatio = 4 });
        Assert.Contains(errors, e => e.Contains(expected));
    }

    [Theory]
    [InlineData("sgd", "not built yet")]
    [InlineData("adam", "not known")]
    public void Optim_OtherOptimizer_IsAnError(string optimizer, string expected)
    {
        var errors = OptionErrors.Of(TinyRun.Options(TinyRun.Shape()).Optim with { Optimizer = optimizer });
        Assert.Contains(expected, Assert.Single(errors));
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
