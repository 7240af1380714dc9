namespace Lockstep.Models.Weights;

/// <summary>
/// The tensors of one network in a weights file, under the names that networks have here: "backbone.*" and "head.*". Knows
/// DINO's full checkpoints (sections student and teacher), DINO's flat backbones, and flat files of timm and torchvision.
/// </summary>
public sealed class NetworkWeights
{
    /// <summary>Begins the name of every parameter of the backbone, and of the head that pretraining puts on it.</summary>
    public const string Backbone = "backbone.", Head = "head.";

    // Dicts that training programs put around a state dict: torchvision's and MoCo's, timm's and MAE's.
    private static readonly string[] Containers = ["state_dict.", "model."];

    // What DistributedDataParallel and torch.compile put before every name.
    private static readonly string[] Wrappers = ["module.", "_orig_mod."];

    // Of classifiers and of masking: they play no part in a backbone's features.
    private static readonly string[] Unneeded = ["head.", "head_dist.", "fc.", "fc_norm.", "pre_logits.", "mask_token"];

    private NetworkWeights(IWeightsFile file, string section, IReadOnlyDictionary<string, WeightTensor> tensors, IReadOnlyList<string> ignored) =>
        (File, Section, Tensors, Ignored) = (file, section, tensors, ignored);

    public IWeightsFile File { get; }

    /// <summary>teacher, student, or empty where the file holds one network only.</summary>
    public string Section { get; }

    /// <summary>The tensors by the name that they have here; they know their name in the file themselves.</summary>
    public IReadOnlyDictionary<string, WeightTensor> Tensors { get; }

    /// <summary>Names in the file of tensors that no backbone needs: a classifier, counters of batches.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Where the network is, in words: "teacher of a.pth".</summary>
    public string Place => Section.Length > 0 ? $"{Section} of {File.FileName}" : File.FileName;

    /// <summary>Sections of a file that hold a network each; empty where it holds one only.</summary>
    public static IReadOnlyList<string> Sections(IWeightsFile file) =>
        [.. new[] { "student", "teacher" }.Where(s => file.Weights.Any(w => w.Name.StartsWith(s + ".", StringComparison.Ordinal)))];

    /// <param name="file">Stays open as long as tensors are read.</param>
    /// <param name="section">teacher or student; a file without sections has one network, which is taken.</param>
    /// <exception cref="InvalidDataException">The file has sections, but not this one.</exception>
    public static NetworkWeights Of(IWeightsFile file, string section)
    {
        var sections = Sections(file);
        if (sections.Count > 0 && !sections.Contains(section))
            throw new InvalidDataException($"{file.FileName} has no section '{section}', only {string.Join(" and ", sections)}: ask for that one");
        var named = Below(file.Weights.Select(w => (w.Name, w)), sections.Count > 0 ? [section + "."] : Containers, all: false);
        foreach (var _ in Wrappers) named = Below(named, Wrappers, all: true); // in either order
        return Sort(file, sections.Count > 0 ? section : "", named);
    }

    private static NetworkWeights Sort(IWeightsFile file, string section, List<(string Name, WeightTensor Tensor)> named)
    {
        var tensors = new SortedDictionary<string, WeightTensor>(StringComparer.Ordinal);
        var ignored = new List<string>();
        var isWhole = named.Any(n => n.Name.StartsWith(Backbone, StringComparison.Ordinal)); // backbone and head, or a flat backbone
        foreach (var (name, tensor) in named)
        {
            var isHead = isWhole && name.StartsWith(Head, StringComparison.Ordinal);
            var inBackbone = isWhole && name.StartsWith(Backbone, StringComparison.Ordinal) ? name[Backbone.Length..] : name;
            var isUnneeded = isWhole && !isHead && inBackbone == name
                || !isHead && Unneeded.Any(u => inBackbone.StartsWith(u, StringComparison.Ordinal))
                || name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
            if (isUnneeded) ignored.Add(tensor.Name);
            else tensors[isHead ? name : Backbone + inBackbone] = tensor;
        }
        return new NetworkWeights(file, section, tensors, ignored);
    }

    // The tensors below the first prefix that some have (or that all have), without it; all tensors if there is none such.
    private static List<(string Name, WeightTensor Tensor)> Below(IEnumerable<(string Name, WeightTensor Tensor)> named, string[] prefixes, bool all)
    {
        var before = named.ToList();
        foreach (var prefix in prefixes)
        {
            var below = before.Where(n => n.Name.StartsWith(prefix, StringComparison.Ordinal)).ToList();
            if (below.Count > 0 && (!all || below.Count == before.Count)) return [.. below.Select(n => (n.Name[prefix.Length..], n.Tensor))];
        }
        return before;
    }
}
