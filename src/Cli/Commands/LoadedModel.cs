using Lockstep.Cli.Recipes;
using Lockstep.Models;
using Lockstep.Models.Replica;
using Lockstep.Models.Weights;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica.Devices;

namespace Lockstep.Cli.Commands;

/// <summary>The network of a checkpoint or of a weights file, ready to evaluate.</summary>
internal sealed class LoadedModel : IDisposable
{
    private LoadedModel(TrainingRecipe recipe, ReplicaState state, IFeatureExtractor extractor, string section, string description) =>
        (Recipe, State, Extractor, Section, Description) = (recipe, state, extractor, section, description);

    public TrainingRecipe Recipe { get; }

    public ReplicaState State { get; }

    public IFeatureExtractor Extractor { get; }

    /// <summary>Where the extractor computes.</summary>
    public ComputeDevice Device { get; private init; } = ComputeDevice.Cpu;

    /// <summary>teacher or student.</summary>
    public string Section { get; }

    /// <summary>Full path of the checkpoint folder or weights file; empty for a network that comes from neither.</summary>
    public string Source { get; private init; } = "";

    /// <summary>SHA-256 over the network's numbers.</summary>
    public string WeightsDigest => StateDigest.Of(State[Section]);

    /// <summary>What it is, for people: "teacher at step 100".</summary>
    public string Description { get; }

    /// <summary>What the checkpoint says of itself; null for weights without one.</summary>
    public CheckpointManifest? Manifest { get; private init; }

    /// <summary>The EMA teacher (or the student) of a checkpoint folder, of a run folder's newest checkpoint, or of a weights file.</summary>
    /// <param name="hints">What the user says of a weights file's architecture.</param>
    /// <param name="device">Where the network computes; null: on the CPU.</param>
    public static LoadedModel FromCheckpoint(string folder, string section, BackboneHints? hints = null, ComputeDevice? device = null)
    {
        device ??= ComputeDevice.Cpu;
        TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
        if (File.Exists(folder)) return FromWeights(folder, section, hints ?? new BackboneHints(), device);
        if (hints is not null && hints != new BackboneHints()) throw new CheckpointException($"--arch, --patch and --heads are for weights files, and '{folder}' is none; a run knows what it is");
        var checkpoint = Directory.Exists(Path.Combine(folder, "checkpoints"))
            ? new CheckpointStore(folder).Latest(damage => Console.Error.WriteLine($"warning: {damage}"))
                ?? throw new CheckpointException($"'{folder}' has no checkpoint that can be read; train first, or name another folder")
            : Checkpoint.Open(folder);
        var recipe = RecipeLoader.FromJson(checkpoint.Manifest.Recipe, []);
        var method = recipe.CreateMethod(recipe.ShapeFor(checkpoint.Manifest.Samples));
        var state = new ReplicaState(method.State);
        checkpoint.LoadInto(state);
        var extractor = DeviceFeatureExtractor.Create(state, section, device, there => method.CreateFeatureExtractor(there, section));
        return new LoadedModel(recipe, state, extractor, section, $"{section} at step {state.Step}")
        {
            Device = device,
            Manifest = checkpoint.Manifest,
            Source = Path.GetFullPath(checkpoint.Folder),
        };
    }

    /// <summary>The recipe's network before its first step.</summary>
    public static LoadedModel Initial(TrainingRecipe recipe, long samples)
    {
        TorchSharp.torch.set_num_threads(Environment.ProcessorCount);
        var method = recipe.CreateMethod(recipe.ShapeFor(samples));
        var state = new ReplicaState(method.State);
        InitialState.Fill(recipe, method, state, _ => { });
        return new LoadedModel(recipe, state, method.CreateFeatureExtractor(state, "teacher"), "teacher", "untrained network");
    }

    /// <summary>Images as this network wants them.</summary>
    public LabelledImages Images(string folder, bool needLabels = true) =>
        new(folder, Extractor.ImageSize, Recipe.Augment.Mean, Recipe.Augment.Std, needLabels, Warn, Recipe.Evaluation.ResizeSide(Extractor.ImageSize));

    /// <summary>Images for pictures: as large as wanted, the shorter side whole.</summary>
    /// <param name="size">Side, pixels, cut down to a multiple of the patch; the network's own where null.</param>
    /// <exception cref="DataException">Not one patch is that small.</exception>
    public LabelledImages Pictures(string folder, int? size)
    {
        var side = size ?? Extractor.ImageSize;
        side -= side % Extractor.PatchSize;
        if (side == 0) throw new DataException($"--size {size} is less than one patch of {Extractor.PatchSize} pixels");
        return new(folder, side, Recipe.Augment.Mean, Recipe.Augment.Std, needLabels: false, Warn, resizeSide: side);
    }

    /// <summary>Tells of an image that an evaluation goes without.</summary>
    public static void LeftOut(string message) => Console.Error.WriteLine($"warning: left out {message}");

    private static void Warn(string message) => Console.Error.WriteLine($"warning: {message}");

    // The backbone alone, in a state that has nothing else.
    private static LoadedModel FromWeights(string path, string section, BackboneHints hints, ComputeDevice device)
    {
        using var file = WeightsFile.Open(path);
        var weights = NetworkWeights.Of(file, section);
        var shape = BackboneWeights.ShapeOf(weights, hints);
        var layout = BackboneWeights.LayoutOf(shape);
        var match = WeightsMatch.Of(weights, layout.Entries).ThrowIfUnfit();
        var state = new ReplicaState(new StateLayout([(section, layout)]));
        match.LoadInto(state[section]);
        Console.WriteLine(match.Summary);
        var extractor = DeviceFeatureExtractor.Create(state, section, device, there => shape.BuildExtractor(there[section]));
        return new LoadedModel(WeightsRecipe.Of(file, shape), state, extractor, section, BackboneWeights.Describe(shape)) { Device = device, Source = Path.GetFullPath(path) };
    }

    public void Dispose()
    {
        Extractor.Dispose();
        State.Dispose();
    }
}
