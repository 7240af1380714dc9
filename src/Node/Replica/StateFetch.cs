using System.Runtime.InteropServices;
using Grpc.Core;
using Lockstep.Models.Replica;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;

namespace Lockstep.Node.Replica;

/// <summary>Brings a node's state up to that of a peer; when that one dies, up to that of the next.</summary>
public static class StateFetch
{
    // A donor that sends nothing for so long is given up; it may first have to finish a step.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Overwrites the state with a peer's of at least <paramref name="minStep"/> and checks its digest.</summary>
    /// <param name="donors">Addresses of Replica services, in the order in which they are tried.</param>
    /// <param name="progress">Called for every piece that has come.</param>
    /// <param name="identity">How this node and its donors know each other.</param>
    /// <returns>The state's digest.</returns>
    /// <exception cref="IOException">No peer could serve a state; the message tells what each answered.</exception>
    public static async Task<string> RunAsync(
        IReadOnlyList<string> donors, string run, string recipeHash, long minStep, ReplicaState state, Action progress, Identity identity, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(donors);
        var place = new FetchRequest { Run = run, RecipeHash = recipeHash, MinStep = minStep };
        var failures = new List<string>();
        foreach (var donor in donors)
        {
            try
            {
                return await FetchAsync(donor, place, state, progress, identity, cancellationToken);
            }
            catch (Exception e) when (e is RpcException or IOException && !cancellationToken.IsCancellationRequested)
            {
                failures.Add($"{donor}: {(e as RpcException)?.Status.Detail ?? e.Message}");
            }
        }
        throw new IOException($"no peer could serve its state ({string.Join("; ", failures)})");
    }

    // What has come stays, and the next donor is asked to go on from there: it can when its state is of the same step.
    private static async Task<string> FetchAsync(string donor, FetchRequest place, ReplicaState state, Action progress, Identity identity, CancellationToken cancellationToken)
    {
        using var silent = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silent.CancelAfter(Silence);
        using var channel = CoordinatorChannel.Open(new Uri(donor), identity);
        using var call = new Protos.Replica.ReplicaClient(channel).FetchState(place, cancellationToken: silent.Token);
        var digest = "";
        try
        {
            await foreach (var chunk in call.ResponseStream.ReadAllAsync(silent.Token))
            {
                silent.CancelAfter(Silence);
                state.Step = chunk.Step;
                digest = chunk.Digest;
                if (chunk.Section.Length == 0) continue;
                Copy(chunk, state);
                (place.ResumeStep, place.ResumeSection, place.ResumeOffset) = (chunk.Step, chunk.Section, chunk.Offset + chunk.Data.Length / sizeof(float));
                progress();
            }
        }
        catch (Exception e) when (e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled } && silent.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"nothing came for {Silence.TotalSeconds:0} s");
        }
        if (digest.Length > 0 && state.Digest() == digest) return digest;
        (place.ResumeStep, place.ResumeSection, place.ResumeOffset) = (0, "", 0);
        throw new IOException("the state that came has another digest than its sender says");
    }

    private static void Copy(StateChunk chunk, ReplicaState state)
    {
        var data = MemoryMarshal.Cast<byte, float>(chunk.Data.Span);
        var target = state[chunk.Section].Span;
        if (chunk.Offset < 0 || chunk.Offset + data.Length > target.Length)
            throw new IOException($"a peer sent {data.Length} floats at {chunk.Offset} of {chunk.Section}, which has {target.Length}");
        data.CopyTo(target[(int)chunk.Offset..]);
    }
}
