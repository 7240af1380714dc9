using System.Globalization;
using System.Security.Cryptography;
using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Export;

/// <summary>Writes a state's weights under names that others read, with a model card: both appear whole, or not at all.</summary>
public static class WeightsExport
{
    /// <summary>Refuses before anything is read or computed.</summary>
    /// <exception cref="CheckpointException">A file is there and may not be replaced.</exception>
    public static void ThrowIfTaken(ExportRequest request)
    {
        foreach (var path in new[] { request.Output, request.Card })
        {
            if (Directory.Exists(path)) throw new CheckpointException($"'{path}' is a folder; name a file");
            if (!request.Force && File.Exists(path)) throw new CheckpointException($"'{path}' is there already; name another file, or replace it with --force");
        }
    }

    /// <param name="origin">Of the state.</param>
    /// <param name="recipe">The run's, or of a weights file the settings that it is evaluated with.</param>
    /// <param name="state">Has the sections that the request wants; of a weights file the backbone alone.</param>
    /// <param name="request">What is wanted.</param>
    /// <returns>The card as it was written.</returns>
    /// <exception cref="CheckpointException">A file is there already or cannot be written, or the weights do not go into the format.</exception>
    public static ModelCard Write(ExportOrigin origin, TrainingRecipe recipe, ReplicaState state, ExportRequest request)
    {
        ThrowIfTaken(request);
        ThrowIfBackboneOnly(origin, request);
        if (request.Format == ExportFormat.Timm && recipe.Model.Registers > 0)
            throw new CheckpointException("timm's ViTs with registers name them otherwise and give them positions, so these weights would not load there; write them with --format backbone, under DINOv2's names");
        if (request.Format == ExportFormat.Timm && BackboneShapes.Of(recipe.Model) is ResNetShape { Basic: true })
            throw new CheckpointException("timm has no ResNet of three layers behind a 3x3 stem of stride 2; write these weights with --format backbone");
        var (weights, card) = (request.Output + Unfinished, request.Card + Unfinished);
        try
        {
            var folder = Path.GetDirectoryName(Path.GetFullPath(request.Output))!;
            Directory.CreateDirectory(folder);
            var tensors = ExportNames.Of(state.Layout, request.Format, request.Section);
            DurableFile.Write(weights, stream => SafetensorsWriter.Write(stream, tensors.Select(Entry), Metadata(origin, recipe)));
            var written = ModelCard.Of(origin, recipe, request, Describe(weights, request, tensors));
            DurableFile.Write(card, written.Write);
            File.Move(weights, request.Output, request.Force);
            File.Move(card, request.Card, request.Force);
            DurableFile.SyncFolder(folder);
            return written;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException($"'{request.Output}' could not be written: {e.Message.TrimEnd('.')}. Free some space, or name a file elsewhere with --output", e);
        }
        finally
        {
            Discard(weights);
            Discard(card);
        }

        SafetensorsEntry Entry(ExportedTensor tensor) => new(tensor.Name, tensor.Source.Shape, () => state[tensor.Section].SpanOf(tensor.Source.Name));
    }

    /// <summary>Refuses before anything is read or computed.</summary>
    /// <exception cref="CheckpointException">The weights are those of a file, and more than a backbone is wanted.</exception>
    public static void ThrowIfBackboneOnly(ExportOrigin origin, ExportRequest request)
    {
        if (origin.File is { } file && request.Format == ExportFormat.Dino)
            throw new CheckpointException($"'{file.File}' is a weights file, of which the backbone is exported: write it with --format backbone or timm. --format dino wants a run or a checkpoint");
    }

    private static string Unfinished => string.Create(CultureInfo.InvariantCulture, $".{Environment.ProcessId}.writing");

    // "format" is what Hugging Face's loaders ask for; the rest is what shapes do not tell.
    private static Dictionary<string, string> Metadata(ExportOrigin origin, TrainingRecipe recipe)
    {
        var metadata = new Dictionary<string, string>
        {
            ["format"] = "pt",
            [WeightsMetadata.Mean] = Numbers(recipe.Augment.Mean),
            [WeightsMetadata.Std] = Numbers(recipe.Augment.Std),
            [WeightsMetadata.CropPct] = Numbers([recipe.Evaluation.CropPct]),
        };
        if (origin.Manifest is { } manifest) metadata[WeightsMetadata.Digest] = manifest.Digest;
        if (BackboneShapes.Of(recipe.Model) is VitShape vit) metadata[WeightsMetadata.Heads] = vit.Heads.ToString(CultureInfo.InvariantCulture);
        metadata[WeightsMetadata.Arch] = recipe.Model.Arch;
        if (BackboneShapes.Of(recipe.Model) is ResNetShape) metadata[WeightsMetadata.ImageSize] = recipe.Model.ImageSize.ToString(CultureInfo.InvariantCulture);
        return metadata;
    }

    private static string Numbers(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture)));

    private static ModelCard.WeightsPart Describe(string path, ExportRequest request, IReadOnlyList<ExportedTensor> tensors)
    {
        using var file = File.OpenRead(path);
        var parameters = tensors.Where(t => !t.Name.Contains(".running_", StringComparison.Ordinal) && t.Section != DinoState.Statistics).Sum(t => t.Source.Length);
        return new ModelCard.WeightsPart(Path.GetFileName(request.Output), Convert.ToHexStringLower(SHA256.HashData(file)), file.Length, tensors.Count, parameters, "F32");
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path); // moved, if all went well
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What made writing fail is told already.
        }
    }
}
