using System.Globalization;

namespace Lockstep.Benchmarks;

/// <summary>--name value pairs and what is left.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    public Arguments(string[] args)
    {
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < args.Length) _options[args[i]] = args[++i];
            else Rest.Add(args[i]);
        }
    }

    public List<string> Rest { get; } = [];

    public int Int(string name, int otherwise) =>
        _options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public double Number(string name, double otherwise) =>
        _options.TryGetValue(name, out var text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public string? Text(string name) => _options.GetValueOrDefault(name);
}
