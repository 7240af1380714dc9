using Lockstep.Models.Replica;
using Lockstep.Models.Weights;

namespace Lockstep.Models.Dino;

/// <summary>Begins a DINO run from weights of a file instead of from chance.</summary>
internal static class DinoStart
{
    /// <summary>The section that stands for a whole full checkpoint.</summary>
    public const string Both = "both";

    private const string CenterInFile = "dino_loss.center";

    /// <summary>One backbone for student and teacher, so that they are equal as in any new run; heads stay those of chance.</summary>
    public static IReadOnlyList<string> WithBackbone(ReplicaState state, IWeightsFile file, string section, bool resizePositions)
    {
        var student = state[DinoState.Student];
        var wanted = student.Layout.Entries.Where(e => e.Name.StartsWith(NetworkWeights.Backbone, StringComparison.Ordinal)).ToList();
        var match = WeightsMatch.Of(NetworkWeights.Of(file, section), wanted, resizePositions).ThrowIfUnfit();
        match.LoadInto(student);
        state[DinoState.Teacher].Tensor.copy_(student.Tensor);
        return [match.Summary];
    }

    /// <summary>Student and teacher with their heads, and the centre, as a full checkpoint has them; the optimizer's moments stay 0.</summary>
    /// <param name="normLastLayer">Dino:NormLastLayer.</param>
    public static IReadOnlyList<string> WithBoth(ReplicaState state, IWeightsFile file, bool resizePositions, bool normLastLayer)
    {
        if (NetworkWeights.Sections(file) is not [DinoState.Student, DinoState.Teacher])
            throw new InvalidDataException($"{file.FileName} is no full checkpoint with student and teacher: set Start:Section to teacher or student to take the backbone alone");
        string[] networks = [DinoState.Student, DinoState.Teacher];
        var matches = networks.Select(n => WeightsMatch.Of(NetworkWeights.Of(file, n), state[n].Layout.Entries, resizePositions).ThrowIfUnfit()).ToList();
        if (normLastLayer && matches.Any(m => m.HasPlainPrototypes))
            throw new InvalidDataException($"{file.FileName}: its head.last_layer.weight has no weight norm, so prototypes have lengths of their own, which Dino:NormLastLayer=true would hold at 1: set Dino:NormLastLayer=false");
        foreach (var (network, match) in networks.Zip(matches)) match.LoadInto(state[network]);
        return [.. matches.Select(m => m.Summary), Center(state[DinoState.Statistics], file)];
    }

    private static string Center(FlatBuffer statistics, IWeightsFile file)
    {
        var wanted = statistics.Layout[DinoState.Center];
        if (file.Weights.FirstOrDefault(w => w.Name == CenterInFile) is not { } found) return $"{file.FileName} has no {CenterInFile}: the centre begins at 0";
        if (!found.Shape.SequenceEqual(wanted.Shape))
            throw new InvalidDataException($"{file.FileName}: {CenterInFile} is [{string.Join(", ", found.Shape)}], [{string.Join(", ", wanted.Shape)}] is wanted: set Dino:OutDim to what the weights were trained with");
        file.ReadInto(CenterInFile, statistics.SpanOf(DinoState.Center));
        return $"centre of {file.FileName}";
    }
}
