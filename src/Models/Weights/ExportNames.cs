using Lockstep.Models.Dino;
using Lockstep.Models.Replica;

namespace Lockstep.Models.Weights;

/// <summary>One tensor of an export.</summary>
/// <param name="Name">In the exported file.</param>
/// <param name="Section">Of the state, where it is taken from.</param>
/// <param name="Source">In that section.</param>
public sealed record ExportedTensor(string Name, string Section, FlatEntry Source);

/// <summary>Which tensors of a state go into an export, and what they are called there.</summary>
public static class ExportNames
{
    /// <param name="state">Sections of a DINO state.</param>
    /// <param name="format">Whose names.</param>
    /// <param name="section">teacher or student; null: the teacher, and with <see cref="ExportFormat.Dino"/> the full checkpoint of both networks and the centre.</param>
    public static IReadOnlyList<ExportedTensor> Of(StateLayout state, ExportFormat format, string? section)
    {
        if (format != ExportFormat.Dino) return [.. Network(section ?? DinoState.Teacher, name => BackboneOnly(name))];
        if (section is not null) return [.. Network(section, name => OriginalName(section, name))];
        return
        [
            .. Network(DinoState.Student, name => $"student.{OriginalName(DinoState.Student, name)}"),
            .. Network(DinoState.Teacher, name => $"teacher.{OriginalName(DinoState.Teacher, name)}"),
            .. Section(DinoState.Statistics).Where(e => e.Name == DinoState.Center).Select(e => new ExportedTensor($"dino_loss.{e.Name}", DinoState.Statistics, e)),
        ];

        IEnumerable<FlatEntry> Section(string name) => state.Sections.First(s => s.Name == name).Layout.Entries;

        IEnumerable<ExportedTensor> Network(string from, Func<string, string?> rename) =>
            from entry in Section(@from) let name = rename(entry.Name) where name is not null select new ExportedTensor(name, @from, entry);
    }

    // The original trains the student under DistributedDataParallel, which puts this before its names.
    private static string OriginalName(string section, string name) => section == DinoState.Student ? $"module.{name}" : name;

    private static string? BackboneOnly(string name) => name.StartsWith(NetworkWeights.Backbone, StringComparison.Ordinal) ? name[NetworkWeights.Backbone.Length..] : null;
}
