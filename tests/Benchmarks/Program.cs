using Lockstep.Benchmarks;
using Lockstep.Benchmarks.Data;
using Lockstep.Benchmarks.Faults;
using Lockstep.Benchmarks.Simulate;
using Lockstep.Benchmarks.Telemetry;

// dotnet run -c Release --project tests/Benchmarks -- COMMAND
const string Commands = """
    run [--nodes N] [--steps N] [--train FOLDER] [RECIPE] [Section:Key=value ...]
    reduce [--nodes N] [--megabytes N] [--steps N] [--reducer hub|direct] [--group K]
    cache [--train FOLDER] [--epochs N]
    data [--images FOLDER] [--seconds 20] [--cores 1]
    shuffle [--samples 1281167] [--classes 1000] [--shard-samples 1251] [--batch 1024] [--microbatches 64] [--nodes 16]
    watch [--rounds N] [RECIPE] [Section:Key=value ...]
    overlap [--rounds N] [RECIPE] [Section:Key=value ...]
    lane [--rounds N] [--variants float32,bfloat16,float32-recomputed,bfloat16-recomputed] [RECIPE] [Section:Key=value ...]
    faults [--nodes 8] [--minutes 10] [--every 30] [--microbatch-ms 25] [--microbatches 64] [--kilobytes 256] [--seed N] [--keep FOLDER] [Section:Key=value ...]
    data-index [--entries 1300000]
    telemetry [--rounds N] [--steps 200] [--nodes 2]
    simulate [--megabytes 12] [--microbatch-ms 50] [--microbatches 4] [--rounds 16] [--steps 8] [--keep FOLDER]
    """;
return args switch
{
    ["run", .. var rest] => await RunBenchmark.RunAsync(rest),
    ["reduce", .. var rest] => await ReduceBenchmark.RunAsync(rest),
    ["cache", .. var rest] => CacheBenchmark.Run(rest),
    ["data", .. var rest] => DataBenchmark.Run(rest),
    ["overlap", .. var rest] => OverlapBenchmark.Run(rest),
    ["lane", .. var rest] => LaneBenchmark.Run(rest),
    ["watch", .. var rest] => WatchBenchmark.Run(rest),
    ["shuffle", .. var rest] => ShuffleBenchmark.Run(rest),
    ["faults", .. var rest] => await FaultsBenchmark.RunAsync(rest),
    ["simulate", .. var rest] => await SimulateBenchmark.RunAsync(rest),
    ["telemetry", .. var rest] => await TelemetryBenchmark.RunAsync(rest),
    ["data-index", .. var rest] => await DataIndexBenchmark.RunAsync(rest),
    [DataIndexBenchmark.OpenCommand, .. var rest] => DataIndexBenchmark.Open(rest), // what data-index starts
    [FaultsNode.Command, .. var rest] => await FaultsNode.RunAsync(rest), // what faults and simulate start
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine($"usage:\n{Commands}");
    return 2;
}
