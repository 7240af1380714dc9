using System.Diagnostics;
using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Optim;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using Lockstep.Models.Teacher;
using Lockstep.Models.Watch;
using Lockstep.Models.Weights;
using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>DINO: self-distillation with no labels (Caron et al. 2021, arXiv 2104.14294), after main_dino.py.</summary>
public sealed class DinoMethod : IPretrainingMethod
{
    private readonly MethodOptions _options;
    private readonly DinoOptions _dino;
    private readonly IBackboneShape _shape;
    private readonly IOptimizer _optimizer;
    private readonly LayoutRecorder _network = new();
    private readonly ParameterSpec[] _trainable;
    private readonly string[] _trainableNames;
    private readonly double[] _rates; // of each trainable tensor, as a share of the learning rate
    private readonly int[] _studentSizes, _teacherSizes; // of the crops, pixels

    /// <exception cref="ArgumentException">The options contradict each other; the message names every key.</exception>
    public DinoMethod(MethodOptions options, RunShape run)
        : this(options, run, shape: null)
    {
    }

    /// <summary>With a backbone that has no name.</summary>
    internal DinoMethod(MethodOptions options, RunShape run, IBackboneShape? shape)
    {
        DinoRules.ThrowIfInvalid(options, run);
        (_options, _dino, Run) = (options, options.Dino!, run);
        _shape = shape ?? BackboneShapes.Of(options.Model);
        Schedule = new DinoSchedule(_dino, options.Optim, run);
        _optimizer = Optimizers.Of(options.Optim);

        using (new DinoNetwork(_network, _shape, _dino, options.Model.DropPath)) { }
        _trainable = [.. _network.Parameters.Where(p => p.Trainable)];
        _trainableNames = [.. _trainable.Select(p => p.Name)];
        _rates = LayerDecay.Rates(_trainableNames, [.. DinoNetwork.Stages(_shape).SkipLast(1)], options.Optim.LayerDecay);
        Views = DinoViews.Of(_dino, options.Augment);
        _studentSizes = [.. Views.Select(v => v.Size)];
        _teacherSizes = _studentSizes[..2];
        State = DinoState.Sections(_network, _optimizer.Moments, _dino.OutDim, options.Optim.SkipNotFinite > 0);
        Contribution = DinoState.Contribution(_network, _dino.OutDim, _shape.FeatureDim, _dino.KoLeoWeight > 0);
    }

    public string Name => "dino";

    /// <summary>The numbers of the run that this method was made for.</summary>
    public RunShape Run { get; }

    /// <summary>The scheduled numbers of every step.</summary>
    public DinoSchedule Schedule { get; }

    public IReadOnlyList<ViewSpec> Views { get; }
    public StateLayout State { get; }
    public FlatLayout Contribution { get; }
    public IReadOnlyList<string> LaneSections { get; } = [DinoState.Student, DinoState.Teacher, DinoState.Statistics];

    public void Initialize(ReplicaState state)
    {
        _network.Initialize(state[DinoState.Student], Run.Seed);
        state[DinoState.Teacher].Tensor.copy_(state[DinoState.Student].Tensor);
    }

    public IReadOnlyList<string> Begin(ReplicaState state, IWeightsFile weights, string section, bool resizePositions) =>
        section == DinoStart.Both ? DinoStart.WithBoth(state, weights, resizePositions, _dino.NormLastLayer) : DinoStart.WithBackbone(state, weights, section, resizePositions);

    public ILane CreateLane(ReplicaState state) => new DinoLane(state, Contribution, _network, _shape, _options, Schedule, Run);

    public IRunWatch CreateWatch() => new DinoWatch(_dino, _options.Optim, Run);

    public IFeatureExtractor CreateFeatureExtractor(ReplicaState state, string section) =>
        section is DinoState.Student or DinoState.Teacher
            ? _shape.BuildExtractor(state[section])
            : throw new ArgumentException($"DINO has no network in section '{section}': ask for {DinoState.Teacher} or {DinoState.Student}", nameof(section));

    public StepVerdict Judge(ReplicaState state, FlatBuffer sum) =>
        UsableNumbers.Are(sum.Span) ? StepVerdict.Apply
        : SkippedSteps(state) is [var skipped] && skipped < _options.Optim.SkipNotFinite ? StepVerdict.Skip
        : StepVerdict.Stop;

    public StepReport Apply(ReplicaState state, FlatBuffer sum) => Apply(state, sum, Schedule.At(state.Step));

    /// <summary>Apply with given scheduled numbers.</summary>
    internal StepReport Apply(ReplicaState state, FlatBuffer sum, DinoStep step)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();

        var rows = 2 * Run.MicrobatchSize; // of teacher logits a microbatch
        var verdict = Judge(state, sum);

        // :: 1  mean over the microbatches: M is a power of two, so this is exact
        sum.Tensor.ScaleBy(1.0 / Run.Microbatches);
        var norms = GradientClip.Norms(sum, _trainableNames);
        var report = DinoReport.Of(sum, norms, step, state[DinoState.Statistics], rows, finite: verdict == StepVerdict.Apply);
        if (verdict == StepVerdict.Stop) return report;
        if (verdict == StepVerdict.Skip) return Skip(state, report);

        // :: 2  clip, tensor by tensor
        GradientClip.Apply(sum, _trainableNames, norms, _options.Optim.ClipGrad);

        // :: 3  optimizer; a frozen last layer is skipped, moments and decay included
        FlatBuffer[] moments = [.. _optimizer.Moments.Select(moment => state[moment])];
        for (var i = 0; i < _trainable.Length; i++)
        {
            var parameter = _trainable[i];
            var count = parameter.Name.Contains("last_layer", StringComparison.Ordinal) ? step.LastLayerUpdateCount : step.UpdateCount;
            if (count == 0) continue;
            _optimizer.Update(
                parameter.Name, state[DinoState.Student], sum, moments,
                step.LearningRate * _rates[i], ParameterGroups.IsDecayed(parameter) ? step.WeightDecay : 0, count);
        }

        var updated = Stopwatch.GetTimestamp();

        // :: 4  teacher follows the new student; running statistics and centre follow this step's passes
        EmaTeacher.Update(state[DinoState.Teacher], state[DinoState.Student], step.TeacherMomentum, _network.ParameterLayout.Length);
        AdvanceStatistics(state[DinoState.Student], sum, DinoState.StudentPasses, _studentSizes);
        AdvanceStatistics(state[DinoState.Teacher], sum, DinoState.TeacherPasses, _teacherSizes);
        state[DinoState.Statistics].View(DinoState.Center)
            .ScaleBy(_dino.CenterMomentum)
            .Increase(sum.View(DinoState.CenterSum), (1 - _dino.CenterMomentum) / rows);
        SkippedSteps(state).Clear();
        state.Step++;
        return report with { TeacherSeconds = Stopwatch.GetElapsedTime(updated).TotalSeconds };
    }

    private StepReport Skip(ReplicaState state, StepReport report)
    {
        var skipped = (int)++SkippedSteps(state)[0];
        state.Step++;
        var alarm = new Alarm("skipped", $"loss or gradient is not finite: the step changes nothing (Optim:SkipNotFinite; {skipped} in a row of {_options.Optim.SkipNotFinite} at most). " +
            "If it happens again and again, lower Optim:LearningRate or lengthen Optim:WarmupEpochs");
        return report with { IsSkipped = true, Alarms = [alarm] };
    }

    // Empty where the recipe lets no step be left out.
    private static Span<float> SkippedSteps(ReplicaState state)
    {
        var statistics = state[DinoState.Statistics];
        return statistics.Layout.Contains(DinoState.SkippedSteps) ? statistics.SpanOf(DinoState.SkippedSteps) : [];
    }

    private void AdvanceStatistics(FlatBuffer network, FlatBuffer mean, string prefix, int[] cropSizes)
    {
        foreach (var entry in _network.StatisticsLayout.Entries)
            BatchNorm.Advance(network.View(entry.Name), mean.View(prefix + entry.Name), DinoNetwork.PassesThrough(entry.Name, cropSizes));
    }
}
