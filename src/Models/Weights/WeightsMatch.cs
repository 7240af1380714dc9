using Lockstep.Models.Replica;

namespace Lockstep.Models.Weights;

/// <summary>How a file's tensors fit those that a network wants: by name and shape, each difference named.</summary>
public sealed class WeightsMatch
{
    private const int Shown = 6;

    // The prototypes: their lengths and directions here, and in files without weight norm (DINO's ResNet-50) one plain matrix.
    private const string Lengths = NetworkWeights.Head + "last_layer.weight_g", Directions = NetworkWeights.Head + "last_layer.weight_v", Plain = NetworkWeights.Head + "last_layer.weight";

    private readonly NetworkWeights _weights;
    private readonly List<(FlatEntry Wanted, WeightTensor Found)> _matched = [];

    private WeightsMatch(NetworkWeights weights, IReadOnlyCollection<FlatEntry> wanted, bool resizePositions)
    {
        _weights = weights;
        var names = wanted.Select(e => e.Name).ToHashSet(StringComparer.Ordinal);
        var wantsHead = names.Any(IsHead);
        var (missing, otherShape) = (new List<string>(), new List<string>());
        HasPlainPrototypes = names.Contains(Lengths) && names.Contains(Directions)
            && weights.Tensors.ContainsKey(Plain) && !weights.Tensors.ContainsKey(Lengths) && !weights.Tensors.ContainsKey(Directions);
        foreach (var entry in wanted)
        {
            if (!weights.Tensors.TryGetValue(SourceOf(entry.Name), out var found)) missing.Add(entry.Name);
            else if (entry.Name == Lengths && HasPlainPrototypes) _matched.Add((entry, found)); // fits if the directions do
            else if (found.Shape.SequenceEqual(entry.Shape) || resizePositions && CanResize(entry, found)) _matched.Add((entry, found));
            else otherShape.Add($"{entry.Name} is [{string.Join(", ", found.Shape)}], [{string.Join(", ", entry.Shape)}] is wanted{(CanResize(entry, found) ? Grids(entry, found) : "")}");
        }
        var others = weights.Tensors.Where(t => !names.Contains(t.Key) && !(HasPlainPrototypes && t.Key == Plain)).ToList();
        IsHeadOnly = missing.Concat(otherShape).Concat(others.Where(t => wantsHead || !IsHead(t.Key)).Select(t => t.Key)).All(IsHead);
        (Missing, OtherShape) = (missing, otherShape);
        Unexpected = [.. others.Where(t => wantsHead || !IsHead(t.Key)).Select(t => t.Value.Name)];
        Ignored = [.. weights.Ignored, .. others.Where(t => !wantsHead && IsHead(t.Key)).Select(t => t.Value.Name)];
    }

    /// <summary>Tensors that fit.</summary>
    public int Matched => _matched.Count;

    /// <summary>True when the positions fit another grid and will be resized.</summary>
    public bool IsResized => _matched.Any(m => m.Wanted.Name == PositionGrid.Name && !m.Wanted.Shape.SequenceEqual(m.Found.Shape));

    /// <summary>
    /// True when the file has the prototypes as one matrix, without weight norm. Then its rows are their directions, and the rows'
    /// lengths their lengths: a head that computes the same.
    /// </summary>
    public bool HasPlainPrototypes { get; }

    /// <summary>Tensors that the network wants and the file has not.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Tensors, by their names in the file, that the network does not have: it would compute something else without them.</summary>
    public IReadOnlyList<string> Unexpected { get; }

    /// <summary>Tensors of the right name and another shape, both shapes said.</summary>
    public IReadOnlyList<string> OtherShape { get; }

    /// <summary>Tensors, by their names in the file, that are left out on purpose: classifiers, heads that are not wanted.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>True when every wanted tensor is there and nothing else is.</summary>
    public bool Fits => Missing.Count + Unexpected.Count + OtherShape.Count == 0;

    /// <summary>One line: what was found.</summary>
    public string Summary =>
        $"{_weights.Place}: {Matched} tensors matched" + (IsResized ? ", positions resized" : "") + Part("missing", Missing) + Part("unexpected", Unexpected)
        + Part("of another shape", OtherShape) + Part("ignored", Ignored);

    /// <param name="weights">The file's tensors.</param>
    /// <param name="wanted">The network's, under their names here.</param>
    /// <param name="resizePositions">Lets a position embedding of another square grid be resized.</param>
    public static WeightsMatch Of(NetworkWeights weights, IReadOnlyCollection<FlatEntry> wanted, bool resizePositions = false) => new(weights, wanted, resizePositions);

    /// <exception cref="InvalidDataException">Something is missing, unexpected or of another shape; the message names it.</exception>
    public WeightsMatch ThrowIfUnfit() => Fits
        ? this
        : throw new InvalidDataException($"the weights do not fit the network. {Summary}. {Remedy}.");

    private string Remedy => Unexpected.Any(IsOfDinov2)
        ? "Layer scale belongs to DINOv2, and reg_token to timm's ViTs with registers, which are other networks"
        : Unexpected.Concat(Missing).Any(n => n.EndsWith("register_tokens", StringComparison.Ordinal))
            ? "Set Model:Registers to the number of registers that they were trained with"
            : IsHeadOnly
                ? "The backbone fits, the head is another one: set Dino:OutDim, Dino:HeadLayers, Dino:HiddenDim, Dino:BottleneckDim and Dino:UseBnInHead to those that they were trained with"
                : "Name the architecture that they were trained with";

    // Whether all that differs, if anything does, is of the head.
    private bool IsHeadOnly { get; }

    /// <summary>Reads every matched tensor into its place.</summary>
    public void LoadInto(FlatBuffer buffer)
    {
        foreach (var (wanted, found) in _matched)
        {
            var place = buffer.SpanOf(wanted.Name);
            if (HasPlainPrototypes && wanted.Name == Lengths) LengthsOf(found).CopyTo(place);
            else if (wanted.Shape.SequenceEqual(found.Shape)) _weights.File.ReadInto(found.Name, place);
            else
            {
                var native = new float[found.Count];
                _weights.File.ReadInto(found.Name, native);
                PositionGrid.Resize(native, PositionGrid.Of(found.Shape), place, PositionGrid.Of(wanted.Shape));
            }
        }
    }

    private string SourceOf(string name) => HasPlainPrototypes && name is Lengths or Directions ? Plain : name;

    // Of a matrix's rows.
    private float[] LengthsOf(WeightTensor matrix)
    {
        var values = new float[matrix.Count];
        _weights.File.ReadInto(matrix.Name, values);
        var lengths = values.Chunk((int)matrix.Shape[1]).Select(row => (float)Math.Sqrt(row.Sum(v => (double)v * v))).ToArray();
        return Array.IndexOf(lengths, 0) is >= 0 and var zero
            ? throw new InvalidDataException($"{_weights.Place}: row {zero} of {matrix.Name} is zero: a prototype without a direction, which weight norm cannot express")
            : lengths;
    }

    private static bool IsHead(string name) => name.StartsWith(NetworkWeights.Head, StringComparison.Ordinal);

    private static bool IsOfDinov2(string name) => name.Contains(".ls1.", StringComparison.Ordinal) || name.EndsWith("reg_token", StringComparison.Ordinal);

    private static bool CanResize(FlatEntry wanted, WeightTensor found) =>
        wanted.Name == PositionGrid.Name && PositionGrid.Of(wanted.Shape) > 0 && PositionGrid.Of(found.Shape) > 0 && wanted.Shape[2] == found.Shape[2];

    private static string Grids(FlatEntry wanted, WeightTensor found) =>
        $" (a grid of {PositionGrid.Of(found.Shape)} x {PositionGrid.Of(found.Shape)} patches for one of {PositionGrid.Of(wanted.Shape)} x {PositionGrid.Of(wanted.Shape)}: set the image size that the weights were trained with, or ask for the positions to be resized)";

    private static string Part(string what, IReadOnlyList<string> names) => names.Count == 0
        ? ""
        : $"; {names.Count} {what}: {string.Join(", ", names.Take(Shown))}{(names.Count > Shown ? ", ..." : "")}";
}
