using System.Globalization;

namespace Lockstep.Node.Evaluation.Index;

/// <summary>Features as comma-separated values (RFC 4180): file, class, then a column a number, under a heading.</summary>
public static class FeatureTable
{
    public static void Write(TextWriter writer, FeatureIndex index)
    {
        writer.NewLine = "\n";
        writer.WriteLine($"file,class,{string.Join(',', Enumerable.Range(0, index.Features.Dimension).Select(d => $"f{d}"))}");
        for (var row = 0; row < index.Features.Count; row++)
        {
            writer.Write($"{Quote(index.Files[row])},{Quote(index.ClassOf(row))}");
            foreach (var value in index.Features.Feature(row)) writer.Write(string.Create(CultureInfo.InvariantCulture, $",{value:R}"));
            writer.WriteLine();
        }
    }

    private static string Quote(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
