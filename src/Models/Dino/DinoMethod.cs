using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Optim;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Teacher;
using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>DINO: self-distillation with no labels (Caron et al. 2021, arXiv 2104.14294), after main_dino.py.</summary>
public sealed class DinoMethod : IPretrainingMethod
{
    private readonly MethodOptions _options;
    private readonly DinoOptions _dino;
    private readonly VitShape _shape;
    private readonly AdamW _optimizer;
    private readonly LayoutRecorder _network = new();
    private readonly ParameterSpec[] _trainable;
    private readonly string[] _trainableNames;

    /// <exception cref="ArgumentException">The options contradict each other; the message names every key.</exception>
    public DinoMethod(MethodOptions options, RunShape run)
    {
        DinoRules.ThrowIfInvalid(options, run);
        (_options, _dino, Run) = (options, options.Dino!, run);
        _shape = VitShape.Of(options.Model);
        Schedule = new DinoSchedule(_dino, options.Optim, run);
        _optimizer = new AdamW(options.Optim.Beta1, options.Optim.Beta2, options.Optim.Epsilon);

        using (new DinoNetwork(_network, _shape, _dino, options.Model.DropPath)) { }
        _trainable = [.. _network.Parameters.Where(p => p.Trainable)];
        _trainableNames = [.. _trainable.Select(p => p.Name)];
        Views = DinoViews.Of(_dino, options.Augment);
        State = DinoState.Sections(_network.Layout, _dino.OutDim);
        Contribution = DinoState.Contribution(_network.Layout, _dino.OutDim, _shape.Dim);
    }

    public string Name => "dino";

    /// <summary>The numbers of the run that this method was made for.</summary>
    public RunShape Run { get; }

    /// <summary>The scheduled numbers of every step.</summary>
    public DinoSchedule Schedule { get; }

    public IReadOnlyList<ViewSpec> Views { get; }
    public StateLayout State { get; }
    public FlatLayout Contribution { get; }

    public void Initialize(ReplicaState state)
    {
        _network.Initialize(state[DinoState.Student], Run.Seed);
        state[DinoState.Teacher].Tensor.copy_(state[DinoState.Student].Tensor);
    }

    public ILane CreateLane(ReplicaState state) => new DinoLane(state, Contribution, _shape, _options, Schedule, Run);

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) =>
        section is DinoState.Student or DinoState.Teacher
            ? new VitFeatureExtractor(state[section], _shape)
            : throw new ArgumentException($"DINO has no network in section '{section}': ask for {DinoState.Teacher} or {DinoState.Student}", nameof(section));

    public StepReport Apply(ReplicaState state, FlatBuffer sum) => Apply(state, sum, Schedule.At(state.Step));

    /// <summary>Apply with given scheduled numbers.</summary>
    internal StepReport Apply(ReplicaState state, FlatBuffer sum, DinoStep step)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();

        var rows = 2 * Run.MicrobatchSize; // of teacher logits a microbatch

        // :: 1  mean over the microbatches: M is a power of two, so this is exact
        sum.Tensor.mul_(1.0 / Run.Microbatches);
        var norms = GradientClip.Norms(sum, _trainableNames);
        var report = DinoReport.Of(sum, norms, step, state[DinoState.Statistics], rows);
        if (!report.Finite) return report;

        // :: 2  clip, tensor by tensor
        GradientClip.Apply(sum, _trainableNames, norms, _options.Optim.ClipGrad);

        // :: 3  AdamW; a frozen last layer is skipped, moments and decay included
        foreach (var parameter in _trainable)
        {
            var count = parameter.Name.Contains("last_layer", StringComparison.Ordinal) ? step.LastLayerUpdateCount : step.UpdateCount;
            if (count == 0) continue;
            _optimizer.Update(
                parameter.Name, state[DinoState.Student], sum, state[DinoState.ExpAvg], state[DinoState.ExpAvgSq],
                step.LearningRate, ParameterGroups.IsDecayed(parameter) ? step.WeightDecay : 0, count);
        }

        // :: 4  teacher follows the new student; the centre follows the old teacher's logits
        EmaTeacher.Update(state[DinoState.Teacher], state[DinoState.Student], step.TeacherMomentum);
        state[DinoState.Statistics].View(DinoState.Center)
            .mul_(_dino.CenterMomentum)
            .add_(sum.View(DinoState.CenterSum), (1 - _dino.CenterMomentum) / rows);
        state.Step++;
        return report;
    }
}
