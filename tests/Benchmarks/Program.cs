using Lockstep.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...]
// dotnet run -c Release --project tests/Benchmarks -- reduce [--nodes N] [--megabytes N] [--steps N]
// dotnet run -c Release --project tests/Benchmarks -- simulate [--megabytes N] [--microbatch-ms N] [--steps N] [--rounds N]
return args switch
{
    ["run", .. var rest] => await RunBenchmark.RunAsync(rest),
    ["reduce", .. var rest] => await ReduceBenchmark.RunAsync(rest),
    ["simulate", .. var rest] => await SimulateBenchmark.RunAsync(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("usage: run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...] | reduce [--nodes N] [--megabytes N] [--steps N] | simulate [--megabytes N] [--microbatch-ms N] [--steps N] [--rounds N]");
    return 2;
}
