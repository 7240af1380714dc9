namespace Lockstep.Node.Data.Sources;

/// <summary>Numbers for names of classes: as they come at first, in ordinal order of the names in the end.</summary>
internal sealed class ClassNumbers
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public int Of(string name)
    {
        if (!_numbers.TryGetValue(name, out var number)) _numbers.Add(name, number = _numbers.Count);
        return number;
    }

    /// <summary>The names in ordinal order, and for each number so far its place in that order.</summary>
    public (string[] Classes, int[] Places) Order()
    {
        string[] classes = [.. _numbers.Keys.Order(StringComparer.Ordinal)];
        var places = new int[classes.Length];
        for (var c = 0; c < classes.Length; c++) places[_numbers[classes[c]]] = c;
        return (classes, places);
    }
}
