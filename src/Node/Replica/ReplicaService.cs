using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;
using Lockstep.Protos;

namespace Lockstep.Node.Replica;

/// <summary>Serves this node's state to nodes that are behind and its teacher to evaluators.</summary>
public sealed class ReplicaService(ReplicaGate gate, TrainingRecipe recipe) : Protos.Replica.ReplicaBase
{
    private const int ChunkFloats = 1 << 18, AtATime = 2;
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(5); // for those who wait for their turn
    private static readonly SemaphoreSlim Sending = new(AtATime, AtATime);

    public override Task FetchState(FetchRequest request, IServerStreamWriter<StateChunk> responseStream, ServerCallContext context) =>
        SendAsync(request, [.. gate.State.Layout.Sections.Select(s => s.Name)], ReplicaState.DigestOf, responseStream, context);

    public override Task FetchTeacher(FetchRequest request, IServerStreamWriter<StateChunk> responseStream, ServerCallContext context) =>
        SendAsync(request, ["teacher"], (_, copies) => StateDigest.Of(copies[0]), responseStream, context);

    private async Task SendAsync(
        FetchRequest request, string[] sections, Func<long, float[][], string> digestOf, IServerStreamWriter<StateChunk> stream, ServerCallContext context)
    {
        if (request.Run != gate.Run)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"this node belongs to run '{gate.Run}', not '{request.Run}'"));
        if (request.RecipeHash != recipe.Hash)
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "this node trains another recipe"));

        // A copy, taken while no step is applied; training goes on while it is sent.
        // A few at a time, since each holds a copy: whoever joins must not take the memory of those who train.
        while (!await Sending.WaitAsync(SignOfLife, context.CancellationToken))
            await stream.WriteAsync(new StateChunk { Step = request.MinStep }, context.CancellationToken);
        try
        {
            var (step, copies) = await gate.WhenAsync(request.MinStep, state => (state.Step, sections.Select(s => state[s].Span.ToArray()).ToArray()), context.CancellationToken);
            await SendAsync(request, sections, step, copies, digestOf(step, copies), stream, context);
        }
        finally
        {
            Sending.Release();
        }
    }

    private static async Task SendAsync(
        FetchRequest request, string[] sections, long step, float[][] copies, string digest, IServerStreamWriter<StateChunk> stream, ServerCallContext context)
    {
        var resumes = request.ResumeStep == step ? Array.IndexOf(sections, request.ResumeSection) : -1;
        for (var s = Math.Max(0, resumes); s < sections.Length; s++)
        {
            for (var offset = s == resumes ? (int)Math.Clamp(request.ResumeOffset, 0, copies[s].Length) : 0; offset < copies[s].Length; offset += ChunkFloats)
            {
                var piece = copies[s].AsSpan(offset, Math.Min(ChunkFloats, copies[s].Length - offset));
                await stream.WriteAsync(new StateChunk
                {
                    Step = step,
                    Section = sections[s],
                    Offset = offset,
                    Data = ByteString.CopyFrom(MemoryMarshal.AsBytes(piece)),
                }, context.CancellationToken);
            }
        }
        await stream.WriteAsync(new StateChunk { Step = step, Digest = digest }, context.CancellationToken);
    }
}
