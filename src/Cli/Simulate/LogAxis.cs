namespace Lockstep.Cli.Simulate;

/// <summary>A logarithmic axis from Low to High, drawn from one place to another.</summary>
internal readonly record struct LogAxis(double Low, double High, double From, double To)
{
    public double Of(double value) => High <= Low ? (From + To) / 2 : From + (To - From) * Math.Log(value / Low) / Math.Log(High / Low);

    /// <summary>Powers of ten on the axis.</summary>
    public IEnumerable<double> Decades()
    {
        for (var exponent = Math.Ceiling(Math.Log10(Low)); exponent <= Math.Log10(High); exponent++) yield return Math.Pow(10, exponent);
    }
}
