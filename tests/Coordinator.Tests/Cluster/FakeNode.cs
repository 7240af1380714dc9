using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Lockstep.Coordinator.Tests.Chunks;
using Lockstep.Node.Collectives;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>A node that sums random numbers instead of gradients: the whole protocol, no training.</summary>
internal sealed class FakeNode(Uri coordinator, string name, int floats)
{
    /// <summary>Called before each step's sum is exchanged.</summary>
    public Func<CoordinatorSession, long, Task> BeforeReduce { get; init; } = static (_, _) => Task.CompletedTask;

    /// <summary>Digest of each step's sum.</summary>
    public List<string> Sums { get; } = [];

    public List<Plan> Plans { get; } = [];

    public long BytesSent { get; private set; }

    public static Hello Hello(string name) => new()
    {
        Node = name,
        RecipeHash = "recipe",
        DatasetHash = "dataset",
        KernelFingerprint = "cpu",
        StateDigest = "fresh",
        Lanes = 1,
        Samples = 6400,
    };

    public static Task<CoordinatorSession> OpenAsync(Uri coordinator, Hello hello, double seconds = 30) =>
        CoordinatorSession.OpenAsync(coordinator, hello, new SessionOptions { ConnectTimeoutSeconds = seconds }, NullLogger.Instance, TimeProvider.System, CancellationToken.None).InTime();

    public static string Digest(ReadOnlySpan<float> floats) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(floats)));

    /// <summary>Takes part until the run ends.</summary>
    public async Task<Finish> RunAsync()
    {
        await using var session = await OpenAsync(coordinator, Hello(name));
        var next = await session.ReadyAsync(CancellationToken.None).InTime();
        if (next is Planned { Plan: var plan }) next = await StepsAsync(session, plan);
        return next is Finished { Finish: var finish } ? finish : await session.FinishedAsync(CancellationToken.None).InTime();
    }

    private async Task<SessionEvent> StepsAsync(CoordinatorSession session, Plan plan)
    {
        Plans.Add(plan);
        await using var allReduce = await HubAllReduce.OpenAsync(coordinator, plan, session.NodeIndex, NullLogger.Instance, CancellationToken.None);
        var partials = new StepPartials(plan.Microbatches, floats);
        var sum = new float[floats];
        var state = "fresh";
        for (var step = plan.FirstStep; ; step++)
        {
            partials.Begin(MicrobatchSet.Of(new MicrobatchBlock(plan.FirstMicrobatch, plan.MicrobatchCount)));
            session.SetPhase("compute", step);
            var order = Enumerable.Range(plan.FirstMicrobatch, plan.MicrobatchCount).ToArray();
            new Random((int)step + session.NodeIndex).Shuffle(order);
            Parallel.ForEach(order, microbatch => partials.Add(microbatch, 0, Contributions.Of(step, microbatch, floats)));
            await BeforeReduce(session, step);

            try
            {
                await allReduce.ReduceAsync(step, partials, sum, session.Ended).AsTask().InTime();
            }
            catch (Exception e) when (session.Ended.IsCancellationRequested && e is OperationCanceledException or AllReduceException)
            {
                return new Finished(await session.FinishedAsync(CancellationToken.None).InTime());
            }
            BytesSent = allReduce.BytesSent;

            var digest = Digest(sum);
            var next = await session.PrepareAsync(new() { Generation = plan.Generation, Step = step, SumDigest = digest, StateDigest = state }, CancellationToken.None).InTime();
            if (next is not Committed { Commit: var commit }) return next;
            Sums.Add(digest);
            state = Digest(sum) + state[..5];
            if (commit.Last) return next;
        }
    }
}
