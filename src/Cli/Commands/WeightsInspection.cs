using System.Globalization;
using Lockstep.Models.Weights;

namespace Lockstep.Cli.Commands;

/// <summary>What lockstep inspect says of a weights file.</summary>
internal static class WeightsInspection
{
    public static void Write(string path, bool listTensors)
    {
        using var file = WeightsFile.Open(path);
        Console.WriteLine($"file     {path}");
        Console.WriteLine($"format   {file.Format}");
        Console.WriteLine($"sha256   {WeightsFile.DigestOf(path)}");
        Console.WriteLine($"tensors  {Describe(file.Weights)}");
        var sections = NetworkWeights.Sections(file);
        foreach (var section in sections.Count > 0 ? sections : [""]) WriteNetwork(file, section);
        foreach (var group in file.Weights.GroupBy(w => w.Name.Split('.')[0]).Where(g => sections.Count > 0 && !sections.Contains(g.Key)))
            Console.WriteLine($"{group.Key,-8} {Describe([.. group])}");
        if (!listTensors) return;
        foreach (var tensor in file.Weights) Console.WriteLine($"  {tensor.Name,-56} {tensor.Dtype,-4} [{string.Join(", ", tensor.Shape)}]");
    }

    private static void WriteNetwork(IWeightsFile file, string section)
    {
        var weights = NetworkWeights.Of(file, section);
        var label = section.Length > 0 ? section : "network";
        try
        {
            var shape = BackboneWeights.ShapeOf(weights, new BackboneHints());
            var backbone = weights.Tensors.Where(t => t.Key.StartsWith(NetworkWeights.Backbone, StringComparison.Ordinal)).Select(t => t.Value).ToList();
            Console.WriteLine($"{label,-8} {BackboneWeights.Describe(shape)}; backbone {Describe(backbone)}");
        }
        catch (InvalidDataException e)
        {
            Console.WriteLine($"{label,-8} {e.Message}");
        }
        if (weights.Ignored.Count > 0) Console.WriteLine($"         not of a backbone: {string.Join(", ", weights.Ignored.Take(6))}{(weights.Ignored.Count > 6 ? ", ..." : "")}");
    }

    private static string Describe(IReadOnlyCollection<WeightTensor> tensors) =>
        string.Create(CultureInfo.InvariantCulture, $"{tensors.Count} tensors, {tensors.Sum(t => t.Count):N0} numbers ({string.Join(", ", tensors.Select(t => t.Dtype).Distinct().Order())})");
}
