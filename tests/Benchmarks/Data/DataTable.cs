using System.Globalization;

namespace Lockstep.Benchmarks.Data;

/// <summary>Prints what was measured.</summary>
internal static class DataTable
{
    public static void Print(IReadOnlyList<DataMeasure> whole, IReadOnlyList<DataMeasure> stages, IReadOnlyList<DataMeasure> theirs)
    {
        Write($"{"images/s a core",-24}{"lockstep",10}{"ms",8}{"bytes",8}{"torchvision",14}{"ms",8}{"ratio",8}");
        for (var stage = 0; stage < DataMeasure.StageNames.Count; stage++)
        {
            var s = stage;
            var ours = Median(stages, m => 1000 * m.StageSeconds[s] / m.Images);
            var bytes = Median(stages, m => (double)m.Bytes[s] / m.Images);
            Row(DataMeasure.StageNames[stage], ours, bytes, Median(theirs, m => 1000 * m.StageSeconds[s] / m.Images));
        }
        var allocated = Median(whole, m => (double)m.Bytes[0] / m.Images);
        Row("whole, wall time", Median(whole, m => 1000 * m.CoreSeconds / m.Images), allocated, Median(theirs, m => 1000 * m.CoreSeconds / m.Images));
        Row("whole, processor time", Median(whole, m => 1000 * m.CpuSeconds / m.Images), allocated, Median(theirs, m => 1000 * m.CpuSeconds / m.Images));
        Write($"Stages are in processor time, one by one, each with its own pass over memory; the whole fuses the colours and the normalisation.");
        Write($"Both draw the operations by their probabilities; lockstep reads and cuts {whole.Sum(m => m.Images)} images, torchvision {theirs.Sum(m => m.Images)}.");
    }

    private static void Row(string name, double ours, double bytes, double theirs)
    {
        var left = string.Create(CultureInfo.InvariantCulture, $"{name,-24}{1000 / ours,10:F1}{ours,8:F3}{bytes,8:F0}");
        if (double.IsNaN(theirs)) Console.WriteLine(left);
        else Write($"{left}{1000 / theirs,14:F1}{theirs,8:F3}{theirs / ours,8:F1}");
    }

    private static double Median(IReadOnlyList<DataMeasure> turns, Func<DataMeasure, double> value)
    {
        var values = turns.Select(value).Order().ToList();
        return values.Count == 0 ? double.NaN : values[values.Count / 2];
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
