using System.Runtime.InteropServices;
using Grpc.Core;
using Lockstep.Models.Replica;
using Lockstep.Node.Session;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>Brings a node's state up to that of a peer.</summary>
public static class StateFetch
{
    /// <summary>Overwrites the state with the peer's and checks its digest.</summary>
    /// <exception cref="IOException">The peer cannot be reached, sent something else or the digest differs.</exception>
    public static async Task RunAsync(string address, string run, string recipeHash, ReplicaState state, CancellationToken cancellationToken)
    {
        try
        {
            using var channel = CoordinatorChannel.Open(new Uri(address));
            var client = new Protos.Replica.ReplicaClient(channel);
            using var call = client.FetchState(new FetchRequest { Run = run, RecipeHash = recipeHash }, cancellationToken: cancellationToken);
            var digest = "";
            await foreach (var chunk in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (chunk.Section.Length > 0) Copy(chunk, state);
                state.Step = chunk.Step;
                digest = chunk.Digest;
            }
            if (state.Digest() != digest)
                throw new IOException($"the state fetched from {address} has another digest than its sender says; run again");
        }
        catch (RpcException e)
        {
            throw new IOException($"the state could not be fetched from {address}: {e.Status.Detail}", e);
        }
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
