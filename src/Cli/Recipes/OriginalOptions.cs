namespace Lockstep.Cli.Recipes;

/// <summary>Options of the original's main_dino.py and what they are called here, for people who come from it: the table in docs/dino.md.</summary>
internal static class OriginalOptions
{
    /// <summary>The option's name to the key of the setting.</summary>
    public static IReadOnlyDictionary<string, string> Keys { get; } = new Dictionary<string, string>
    {
        ["arch"] = "Model:Arch",
        ["patch_size"] = "Model:PatchSize",
        ["out_dim"] = "Dino:OutDim",
        ["norm_last_layer"] = "Dino:NormLastLayer",
        ["use_bn_in_head"] = "Dino:UseBnInHead",
        ["momentum_teacher"] = "Dino:MomentumTeacher",
        ["warmup_teacher_temp"] = "Dino:WarmupTeacherTemp",
        ["teacher_temp"] = "Dino:TeacherTemp",
        ["warmup_teacher_temp_epochs"] = "Dino:WarmupTeacherTempEpochs",
        ["use_fp16"] = "Model:Compute",
        ["weight_decay"] = "Optim:WeightDecay",
        ["weight_decay_end"] = "Optim:WeightDecayEnd",
        ["clip_grad"] = "Optim:ClipGrad",
        ["batch_size_per_gpu"] = "Run:GlobalBatch",
        ["epochs"] = "Run:Epochs",
        ["freeze_last_layer"] = "Dino:FreezeLastLayerEpochs",
        ["lr"] = "Optim:LearningRate",
        ["warmup_epochs"] = "Optim:WarmupEpochs",
        ["min_lr"] = "Optim:MinLearningRate",
        ["optimizer"] = "Optim:Optimizer",
        ["drop_path_rate"] = "Model:DropPath",
        ["global_crops_scale"] = "Dino:GlobalCropsScale",
        ["local_crops_number"] = "Dino:LocalCropsNumber",
        ["local_crops_scale"] = "Dino:LocalCropsScale",
        ["saveckp_freq"] = "Run:KeepEveryEpochs",
        ["output_dir"] = "Run:Folder",
        ["data_path"] = "Data:Train",
        ["seed"] = "Run:Seed",
        ["num_workers"] = "Data:Workers",
        ["dist_url"] = "Node:Coordinator",
        ["local_rank"] = "Node:Device",
    };

    // Where the value is another one as well.
    private static readonly Dictionary<string, string> Remarks = new()
    {
        ["use_fp16"] = " (float32 or bfloat16)",
        ["batch_size_per_gpu"] = " (the images of a whole step, on all nodes)",
    };

    /// <summary>What a key is called here whose last part is an option of the original, whatever its section, dashes and underscores; null for any other.</summary>
    public static string? Hint(string key)
    {
        var last = Plain(RecipeKeys.WithoutIndex(key).Split(':')[^1]);
        return Keys.FirstOrDefault(option => Plain(option.Key).Equals(last, StringComparison.OrdinalIgnoreCase)) is { Key: { } name, Value: var ours }
            ? $"main_dino.py's {name} is {ours} here{Remarks.GetValueOrDefault(name)}"
            : null;
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
}
