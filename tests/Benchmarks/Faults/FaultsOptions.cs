namespace Lockstep.Benchmarks.Faults;

/// <summary>What `faults` was asked for, as it is handed on to the nodes.</summary>
internal sealed record FaultsOptions(int Nodes, double Minutes, double EverySeconds, int MicrobatchMilliseconds, int Microbatches, int Kilobytes, int Seed, string? Keep, IReadOnlyList<string> Settings)
{
    public static FaultsOptions From(Arguments arguments) => new(
        arguments.Int("--nodes", 8), arguments.Number("--minutes", 10), arguments.Number("--every", 30), arguments.Int("--microbatch-ms", 25),
        arguments.Int("--microbatches", 64), arguments.Int("--kilobytes", 256), arguments.Int("--seed", 1), arguments.Text("--keep"), arguments.Rest);

    public int Floats => Kilobytes * 1024 / sizeof(float);

    public TimeSpan MicrobatchTime => TimeSpan.FromMilliseconds(MicrobatchMilliseconds);

    /// <summary>A recipe for the real coordinator: one image a microbatch, and more steps than anybody waits for.</summary>
    public IReadOnlyList<string> Recipe =>
    [
        "dino-demo", "Run:Seed=7", "Run:Steps=1000000", $"Run:GlobalBatch={Microbatches}", $"Run:Microbatches={Microbatches}", $"Cluster:Nodes={Nodes}", .. Settings,
    ];

    /// <summary>What a node must know beside the recipe.</summary>
    public IReadOnlyList<string> OfNodes => ["--microbatch-ms", $"{MicrobatchMilliseconds}", "--kilobytes", $"{Kilobytes}"];
}
