using System.Numerics;
using Lockstep.Models.Backbones;
using Lockstep.Models.Options;

namespace Lockstep.Models.Dino;

/// <summary>What must hold between the sections of a DINO recipe, beyond each section's own rules.</summary>
public static class DinoRules
{
    /// <summary>All errors, each naming key and remedy; empty when the run can start.</summary>
    public static IReadOnlyList<string> Errors(MethodOptions options, RunShape run)
    {
        if (options.Dino is not { } dino) return ["Dino is missing: the method dino needs this section"];
        List<string> errors = [.. OptionErrors.Of(options.Model), .. OptionErrors.Of(dino), .. OptionErrors.Of(options.Optim), .. OptionErrors.Of(options.Augment)];
        if (errors.Count > 0) return errors;

        var shape = BackboneShapes.Of(options.Model);
        if (shape is VitShape { PatchSize: var patch })
        {
            if (dino.GlobalCropSize % patch != 0)
                errors.Add($"Dino:GlobalCropSize {dino.GlobalCropSize} is not a multiple of Model:PatchSize {patch}: change one of them");
            if (dino.LocalCropsNumber > 0 && dino.LocalCropSize % patch != 0)
                errors.Add($"Dino:LocalCropSize {dino.LocalCropSize} is not a multiple of Model:PatchSize {patch}: change one of them");
        }
        if (options.RecomputeBlocks && shape.HasBatchNorm)
            errors.Add($"Node:RecomputeBlocks is true, but computing a block of Model:Arch {options.Model.Arch} again would move its running statistics again: set it to false");
        if (run.Microbatches < 1 || !BitOperations.IsPow2(run.Microbatches))
            errors.Add($"the number of microbatches is {run.Microbatches}: make it a power of two");
        else if (run.GlobalBatch < 1 || run.GlobalBatch % run.Microbatches != 0)
            errors.Add($"the global batch {run.GlobalBatch} is not a multiple of the {run.Microbatches} microbatches: change one of them");
        else
        {
            if (run.Samples < run.GlobalBatch)
                errors.Add($"the dataset has {run.Samples} images, less than one global batch of {run.GlobalBatch}: use more images or a smaller batch");
            if (run.MicrobatchSize < 2 && NormalisedByBatch(options.Model, dino, shape) is { } key)
                errors.Add($"{key} normalises by the statistics of a microbatch, and one of 1 image has none worth the name: make Run:GlobalBatch {run.GlobalBatch} larger or Run:Microbatches {run.Microbatches} smaller, to at least 2 images a microbatch and better 32");
            if (run.MicrobatchSize < 2 && dino.KoLeoWeight > 0)
                errors.Add($"Dino:KoLeoWeight is {dino.KoLeoWeight}, but in a microbatch of 1 image none has a neighbour: set it to 0, or make Run:GlobalBatch {run.GlobalBatch} larger or Run:Microbatches {run.Microbatches} smaller");
        }
        if (run.TotalSteps < 1)
            errors.Add($"the run has {run.TotalSteps} steps: give it at least one");
        return errors;
    }

    internal static void ThrowIfInvalid(MethodOptions options, RunShape run)
    {
        if (Errors(options, run) is { Count: > 0 } errors)
            throw new ArgumentException(string.Join(Environment.NewLine, errors));
    }

    private static string? NormalisedByBatch(ModelOptions model, DinoOptions dino, IBackboneShape shape) =>
        shape.HasBatchNorm ? $"Model:Arch {model.Arch}" : dino.UseBnInHead ? "Dino:UseBnInHead true" : null;
}
