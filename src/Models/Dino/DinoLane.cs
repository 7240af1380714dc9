using Lockstep.Models.Backbones;
using Lockstep.Models.Layers;
using Lockstep.Models.Options;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>Computes one microbatch of DINO: teacher, student, loss, backward, statistics.</summary>
internal sealed class DinoLane : ILane
{
    private readonly ReplicaState _state;
    private readonly DinoOptions _options;
    private readonly DinoSchedule _schedule;
    private readonly RunShape _run;
    private readonly FlatBuffer _contribution, _studentPasses, _teacherPasses;
    private readonly ParameterBinder _studentParameters, _teacherParameters;
    private readonly DinoNetwork _student, _teacher;
    private readonly BackwardProgress _progress;
    private readonly HeldGradients? _held;

    /// <param name="state">Weights; read only.</param>
    /// <param name="contribution">Layout of what a microbatch adds to the sum.</param>
    /// <param name="network">Layouts of the student and the teacher.</param>
    /// <param name="shape">The backbone.</param>
    /// <param name="options">The recipe.</param>
    /// <param name="schedule">Temperatures.</param>
    /// <param name="run">Seed.</param>
    public DinoLane(
        ReplicaState state, FlatLayout contribution, LayoutRecorder network, IBackboneShape shape, MethodOptions options,
        DinoSchedule schedule, RunShape run)
    {
        (_state, _options, _schedule, _run) = (state, options.Dino!, schedule, run);
        var device = state[DinoState.Student].Device;
        _contribution = new FlatBuffer(contribution, device);
        (_studentPasses, _teacherPasses) = (new FlatBuffer(network.StatisticsLayout, device), new FlatBuffer(network.StatisticsLayout, device));
        _held = options.RecomputeBlocks ? new() : null;
        var precision = Precision.Of(options.Model.Compute);
        _studentParameters = new ParameterBinder(state[DinoState.Student], _contribution, _studentPasses) { Precision = precision, RecomputesBlocks = _held };
        _teacherParameters = new ParameterBinder(state[DinoState.Teacher], gradients: null, _teacherPasses) { Precision = precision };
        _student = new DinoNetwork(_studentParameters, shape, _options, options.Model.DropPath);
        _teacher = new DinoNetwork(_teacherParameters, shape, _options, dropPathRate: 0);
        _progress = new BackwardProgress(_contribution, DinoNetwork.Stages(shape), network.ParameterLayout.Length);
    }

    public FlatBuffer Compute(IReadOnlyList<Tensor> views, int microbatch, IContributionSink? sink = null)
    {
        if (views.Count != 2 + _options.LocalCropsNumber)
            throw new ArgumentException($"DINO got {views.Count} views, not 2 global and {_options.LocalCropsNumber} local ones", nameof(views));

        using var scope = NewDisposeScope();
        foreach (var buffer in new[] { _contribution, _studentPasses, _teacherPasses }) buffer.Tensor.zero_();
        var (features, teacher) = RunTeacher([views[0], views[1]]);                          // [2B, D], [2B, K]
        var progress = sink is null ? null : _progress.Begin(sink);
        var dropPath = new DropPath(_run.Seed, _state.Step, microbatch, Pass: 0);
        var student = _student.Forward(views, dropPath, progress);                           // [V * B, D], [V * B, K]
        var (loss, entropy, prototypes) = DinoLoss.Compute(student.Logits, AnswerOf(teacher), _options.StudentTemp);
        WriteStatistics(features, teacher, loss, entropy, prototypes); // before backward: they are the first to be final
        if (_options.KoLeoWeight > 0) loss = loss.Plus(KoLeo(student.Features).Times(_options.KoLeoWeight));
        progress?.Statistics();
        try
        {
            loss.backward();
        }
        finally
        {
            _held?.Release();
        }
        progress?.End();
        return _contribution;
    }

    public LaneExamination Examine(IReadOnlyList<Tensor> views, int microbatch)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        var (_, teacher) = RunTeacher([views[0], views[1]]);
        var student = _student.Forward(views, new DropPath(_run.Seed, _state.Step, microbatch, Pass: 0)).Logits;
        var byView = DinoLoss.ByView(student, AnswerOf(teacher), _options.StudentTemp);         // [V, B]
        var losses = byView.data<float>().ToArray();
        var images = losses.Length / views.Count;
        var numbers = new Dictionary<string, double>
        {
            ["largest_teacher_logit"] = teacher.abs().max().item<float>(),
            ["largest_student_logit"] = student.abs().max().item<float>(),
        };
        for (var v = 0; v < views.Count; v++) numbers[$"loss_of_view_{v}"] = losses.Skip(v * images).Take(images).Average();
        return new(numbers, [.. Enumerable.Range(0, images).Where(image => losses.Where((_, i) => i % images == image).Any(loss => !float.IsFinite(loss)))]);
    }

    public void Dispose()
    {
        _student.Dispose();
        _teacher.Dispose();
        _studentParameters.Dispose();
        _teacherParameters.Dispose();
        _contribution.Dispose();
        _studentPasses.Dispose();
        _teacherPasses.Dispose();
    }

    private (Tensor Features, Tensor Logits) RunTeacher(IReadOnlyList<Tensor> globalCrops)
    {
        using var noGradients = no_grad();
        var (features, logits) = _teacher.Forward(globalCrops, dropPath: null);
        return (nn.functional.normalize(features, 2, -1, 1e-12), logits);
    }

    private Tensor AnswerOf(Tensor teacher)
    {
        var temperature = _schedule.At(_state.Step).TeacherTemperature;
        return _options.Centering == "sinkhorn"
            ? TeacherAnswer.Balanced(teacher, temperature)
            : TeacherAnswer.Centred(teacher, _state[DinoState.Statistics].View(DinoState.Center), temperature);
    }

    // Of each global view by itself, added up as in DINOv2.
    private Tensor KoLeo(Tensor features)
    {
        var batch = features.shape[0] / (2 + _options.LocalCropsNumber);
        var loss = KoLeoLoss.Compute(features.narrow(0, 0, batch)).Plus(KoLeoLoss.Compute(features.narrow(0, batch, batch)));
        using (no_grad()) Write(DinoState.KoLeo, loss);
        return loss;
    }

    private void WriteStatistics(Tensor features, Tensor teacher, Tensor loss, Tensor entropy, Tensor prototypes)
    {
        using var noGradients = no_grad();
        Write(DinoState.CenterSum, teacher.sum(dim: 0));
        Write(DinoState.Loss, loss);
        Write(DinoState.TeacherEntropy, entropy);
        Write(DinoState.Kl, loss - entropy);
        Write(DinoState.FeatureSum, features.sum(dim: 0));
        Write(DinoState.FeatureSquareSum, (features * features).sum(dim: 0));
        Write(DinoState.Prototypes, prototypes);
        foreach (var entry in _studentPasses.Layout.Entries)
        {
            Write(DinoState.StudentPasses + entry.Name, _studentPasses.View(entry.Name));
            Write(DinoState.TeacherPasses + entry.Name, _teacherPasses.View(entry.Name));
        }
    }

    private void Write(string statistic, Tensor value) => _contribution.View(statistic).copy_(value);
}
