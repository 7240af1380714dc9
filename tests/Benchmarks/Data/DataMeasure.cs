namespace Lockstep.Benchmarks.Data;

/// <summary>What one side did in one turn, all its cores together.</summary>
internal sealed record DataMeasure
{
    /// <summary>Stages in the order in which they are done.</summary>
    public static IReadOnlyList<string> StageNames { get; } =
        ["read", "decode", "crop, resize, flip", "jitter", "greyscale", "blur", "solarise", "normalise"];

    public int Images { get; init; }

    /// <summary>Time on the wall, times cores.</summary>
    public double CoreSeconds { get; init; }

    /// <summary>Processor time of the whole process.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>Processor time of the working threads by stage; empty where stages were not taken apart.</summary>
    public double[] StageSeconds { get; init; } = [];

    /// <summary>Managed memory by stage, or one number for the whole.</summary>
    public long[] Bytes { get; init; } = [];

    public static DataMeasure Sum(IReadOnlyList<DataMeasure> cores) => new()
    {
        Images = cores.Sum(c => c.Images),
        CoreSeconds = cores.Sum(c => c.CoreSeconds),
        CpuSeconds = cores.Sum(c => c.CpuSeconds),
        StageSeconds = [.. Enumerable.Range(0, cores[0].StageSeconds.Length).Select(s => cores.Sum(c => c.StageSeconds[s]))],
        Bytes = [.. Enumerable.Range(0, cores[0].Bytes.Length).Select(s => cores.Sum(c => c.Bytes[s]))],
    };
}
