using System.Text.RegularExpressions;
using Lockstep.Cli.Recipes;

namespace Lockstep.Cluster.Tests;

/// <summary>People who come from main_dino.py are told what its options are called here.</summary>
public sealed partial class OriginalOptionsTests
{
    [Fact]
    public void EveryOption_HasAKeyThatThereIs() => Assert.All(OriginalOptions.Keys.Values, key => Assert.True(RecipeKeys.IsKnown(key), key));

    [Fact]
    public void Options_AreThoseOfTheTableInTheDocs()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "docs", "dino.md"))
            .SkipWhile(line => line != "## Options of main_dino.py").SkipWhile(line => !line.StartsWith("|---", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|')).Where(cells => !cells[1].Contains('(')).ToList();
        var inDocs = lines.SelectMany(cells => Name().Matches(cells[1]).Select(name => (name.Value, Ours: cells[2]))).ToDictionary();
        Assert.Equal(OriginalOptions.Keys.Keys.Order(), inDocs.Keys.Order());
        foreach (var (name, key) in OriginalOptions.Keys)
        {
            var (section, setting) = (key.Split(':')[0], key.Split(':')[1]);
            Assert.Contains($"{section}:", inDocs[name]);
            if (!inDocs[name].Contains("same names", StringComparison.Ordinal)) Assert.Contains(setting, inDocs[name]);
            else Assert.Equal(name.Replace("_", "", StringComparison.Ordinal), setting, ignoreCase: true);
        }
    }

    [Theory]
    [InlineData("Optim:lr=1", "unknown key Optim:lr; main_dino.py's lr is Optim:LearningRate here")]
    [InlineData("lr=1", "unknown key lr; main_dino.py's lr is Optim:LearningRate here")]
    [InlineData("Optim:min_lr=1", "main_dino.py's min_lr is Optim:MinLearningRate here")]
    [InlineData("Optim:MinLr=1", "main_dino.py's min_lr is Optim:MinLearningRate here")]
    [InlineData("Dino:freeze_last_layer=1", "main_dino.py's freeze_last_layer is Dino:FreezeLastLayerEpochs here")]
    [InlineData("Run:freeze-last-layer=1", "main_dino.py's freeze_last_layer is Dino:FreezeLastLayerEpochs here")]
    [InlineData("Model:use_fp16=true", "main_dino.py's use_fp16 is Model:Compute here (float32 or bfloat16)")]
    [InlineData("Run:saveckp_freq=1", "main_dino.py's saveckp_freq is Run:KeepEveryEpochs here")]
    [InlineData("Run:batch_size_per_gpu=64", "main_dino.py's batch_size_per_gpu is Run:GlobalBatch here (the images of a whole step, on all nodes)")]
    [InlineData("Optim:epochs=1", "main_dino.py's epochs is Run:Epochs here")]
    [InlineData("Augment:global_crops_scale:0=1", "main_dino.py's global_crops_scale is Dino:GlobalCropsScale here")]
    [InlineData("Optim:LearninRate=1", "unknown key Optim:LearninRate; did you mean Optim:LearningRate?")]
    public void UnknownKey_NamesOurs(string setting, string fault) =>
        Assert.Contains(fault, Assert.Single(Assert.Throws<RecipeException>(() => RecipeLoader.Load("dino-demo", [setting])).Faults));

    [Theory]
    [InlineData("dino-vits16-imagenet", "deit_small")]
    [InlineData("dino-vitb16", "deit_base")]
    public void Arch_OfDeit_IsTheSameRun(string name, string alias)
    {
        var (recipe, renamed) = (RecipeLoader.Load(name, []), RecipeLoader.Load(name, [$"Model:Arch={alias}"]));
        Assert.Equal((recipe.Hash, recipe.Model, recipe.Json), (renamed.Hash, renamed.Model, renamed.Json));
    }

    [GeneratedRegex("[a-z][a-z_0-9]*[a-z0-9]")]
    private static partial Regex Name();
}
