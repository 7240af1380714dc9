using Lockstep.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- COMMAND
const string Commands = """
    run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...]
    reduce [--nodes N] [--megabytes N] [--steps N] [--reducer hub|direct] [--group K]
    overlap [--rounds N] [RECIPE] [Section:Key=value ...]
    """;
return args switch
{
    ["run", .. var rest] => await RunBenchmark.RunAsync(rest),
    ["reduce", .. var rest] => await ReduceBenchmark.RunAsync(rest),
    ["overlap", .. var rest] => OverlapBenchmark.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"usage:\n{Commands}");
    return 2;
}
