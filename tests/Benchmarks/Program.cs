using Lockstep.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...]
// dotnet run -c Release --project tests/Benchmarks -- reduce [--nodes N] [--megabytes N] [--steps N] [--reducer hub|direct] [--group K]
return args switch
{
    ["run", .. var rest] => await RunBenchmark.RunAsync(rest),
    ["reduce", .. var rest] => await ReduceBenchmark.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...] | reduce [--nodes N] [--megabytes N] [--steps N] [--reducer hub|direct] [--group K]");
    return 2;
}
