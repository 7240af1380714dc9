using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>
/// Mutated files through everything that reads files of strangers. LOCKSTEP_FUZZ_SEED=n makes other inputs; with
/// LOCKSTEP_FUZZ_CASE=target:index that input alone is fed.
/// </summary>
public sealed class FuzzTests(ITestOutputHelper output)
{
    private const int Cases = 30_000, LongCases = 600_000; // over six kinds of file
    private const string Seed = "LOCKSTEP_FUZZ_SEED", Case = "LOCKSTEP_FUZZ_CASE", CaseCount = "LOCKSTEP_FUZZ_COUNT", Progress = "LOCKSTEP_FUZZ_PROGRESS";

    [Fact]
    public Task Decoders_MutatedFiles_RefuseOrDecode() => RunAsync(Cases, TimeSpan.FromMinutes(4));

    [Fact, Trait("Category", "Long")]
    public Task Decoders_ManyMutatedFiles_RefuseOrDecode() => RunAsync(LongCases, TimeSpan.FromMinutes(60));

    /// <summary>The loop itself, in the process that the tests above start: a native fault ends that one only.</summary>
    [Fact(Explicit = true)]
    public void Worker()
    {
        var seed = ulong.Parse(Environment.GetEnvironmentVariable(Seed) ?? "0", CultureInfo.InvariantCulture);
        using var loop = new FuzzLoop(seed, Environment.GetEnvironmentVariable(Progress) ?? Path.GetTempFileName());
        var targets = FuzzTargets.All();
        if (Environment.GetEnvironmentVariable(Case)?.Split(':') is [var name, var index])
        {
            var (target, number) = (targets.First(t => t.Name == name), int.Parse(index, CultureInfo.InvariantCulture));
            output.WriteLine($"input: {Convert.ToHexStringLower(Mutation.Make(target, seed, number))}");
            loop.Feed(target, number);
            return;
        }
        var cases = int.Parse(Environment.GetEnvironmentVariable(CaseCount) ?? "1000", CultureInfo.InvariantCulture);
        foreach (var line in loop.Run(targets, (cases + targets.Count - 1) / targets.Count)) output.WriteLine(line);
    }

    [Fact]
    public void Mutation_OfOneSeed_IsAlwaysTheSame()
    {
        var target = FuzzTargets.All()[0];
        var inputs = Enumerable.Range(0, 50).Select(i => Mutation.Make(target, 7, i)).ToList();
        Assert.Equal(inputs, Enumerable.Range(0, 50).Select(i => Mutation.Make(target, 7, i)));
        Assert.NotEqual(inputs, Enumerable.Range(0, 50).Select(i => Mutation.Make(target, 8, i)));
        Assert.True(inputs.Distinct(EqualityComparer<byte[]>.Create((a, b) => a!.AsSpan().SequenceEqual(b), b => b.Length)).Count() > 40);
    }

    private async Task RunAsync(int cases, TimeSpan timeout)
    {
        var note = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["-explicit", "only", "-method", $"{typeof(FuzzTests).FullName}.{nameof(Worker)}", "-noLogo", "-noColor", "-showLiveOutput"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment[CaseCount] = cases.ToString(CultureInfo.InvariantCulture);
            start.Environment[Progress] = note;
            using var worker = Process.Start(start)!;
            using var limit = new CancellationTokenSource(timeout);
            var (said, errors) = (worker.StandardOutput.ReadToEndAsync(), worker.StandardError.ReadToEndAsync());
            try
            {
                await worker.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                worker.Kill(entireProcessTree: true);
                await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            var all = await said + await errors;
            output.WriteLine(all);
            Assert.True(worker.ExitCode == 0 && all.Contains("Total: 1", StringComparison.Ordinal), $"""
                {Outcome(worker.ExitCode)} at {CaseNote.Read(note)}. Again: {Seed}={Environment.GetEnvironmentVariable(Seed) ?? "0"} {Case}={CaseNote.Read(note)} ./lockstep test --filter FuzzTests
                {all}
                """);
        }
        finally
        {
            File.Delete(note);
        }
    }

    private static string Outcome(int status) => status switch
    {
        FuzzLoop.HangStatus => "an input took too long",
        > 128 => $"the process was ended by signal {status - 128}",
        _ => $"the process ended with status {status}",
    };
}
