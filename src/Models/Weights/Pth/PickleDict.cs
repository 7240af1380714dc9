namespace Lockstep.Models.Weights.Pth;

/// <summary>A Python dict or OrderedDict: keys and values in the order in which they were set.</summary>
internal sealed class PickleDict
{
    private static readonly List<(object? Key, object? Value)> None = [];
    private List<(object? Key, object? Value)>? _items;

    public IReadOnlyList<(object? Key, object? Value)> Items => _items ?? None;

    public void Set(object? key, object? value) => (_items ??= []).Add((key, value));
}
