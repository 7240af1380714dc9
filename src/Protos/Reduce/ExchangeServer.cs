using System.Globalization;
using Grpc.Core;
using Lockstep.Protos.Security;

namespace Lockstep.Protos;

/// <summary>
/// Serves one Exchange stream of one member: a thin shell around a <see cref="ReduceGeneration"/>, the same in the
/// coordinator and in nodes.
/// </summary>
public static class ExchangeServer
{
    /// <summary>Trailer of a stream that ended because its generation broke: node_index of the member at fault.</summary>
    public const string PeerTrailer = "lockstep-peer";

    /// <summary>Serves a stream until it or its generation ends.</summary>
    /// <param name="find">The generation that a greeting is for, or why there is none.</param>
    /// <param name="refusals">Hears of streams that are turned away.</param>
    public static async Task ServeAsync(
        IAsyncStreamReader<ChunkMessage> requests, IServerStreamWriter<ChunkMessage> responses, ServerCallContext context,
        Func<ChunkMessage, ValueTask<(ReduceGeneration? Generation, string? Refusal)>> find, Refusals refusals)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(find);
        ArgumentNullException.ThrowIfNull(refusals);

        // :: 1 who is it?
        if (!await Greeting.ReadAsync(requests, context, refusals, context.CancellationToken).ConfigureAwait(false)) return;
        var greeting = requests.Current;
        var (generation, refusal) = await find(greeting).ConfigureAwait(false);
        var link = default(MemberLink);
        if (generation is not null) (link, refusal) = generation.Attach(greeting);
        var (node, of) = (greeting.NodeIndex, greeting.Generation);
        var kind = greeting.Problem is not null || !greeting.Data.IsEmpty ? RefusalKinds.Message
            : generation is not null && greeting.Run != generation.Run ? RefusalKinds.Run : RefusalKinds.Stream;
        greeting.Release();
        if (generation?.Generation == of && generation.Ended.IsCancellationRequested) throw Over(generation);
        if (generation is null || link is null)
        {
            if (context.CancellationToken.IsCancellationRequested) return; // it did not wait for the answer
            refusals.Note(kind, context.Peer, $"the stream of node number {node}: {refusal}");
            throw generation?.Generation > of ? new RpcException(new Status(StatusCode.Aborted, refusal!)) : Refused($"node number {node}", refusal!); // the former is no fault of anybody
        }

        // :: 2 send its sums, while
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, generation.Ended);
        var sending = SendAsync(generation, link, responses, over.Token);
        try
        {
            // :: 3 its chunks are taken
            await TakeAsync(generation, link, requests, context, refusals, over.Token).ConfigureAwait(false);
        }
        finally
        {
            link.Sums.Complete();
            await sending.ConfigureAwait(false);
        }
    }

    private static async Task TakeAsync(ReduceGeneration generation, MemberLink link, IAsyncStreamReader<ChunkMessage> requests, ServerCallContext context, Refusals refusals, CancellationToken over)
    {
        try
        {
            while (await requests.MoveNext(over).ConfigureAwait(false))
            {
                if (await generation.TakeAsync(link, requests.Current).ConfigureAwait(false) is not { } problem) continue;
                if (generation.Ended.IsCancellationRequested) throw Over(generation);
                generation.Lost(link, $"a chunk of {link.Name} was refused: {problem}", isEcho: false);
                refusals.Note(RefusalKinds.Message, context.Peer, $"a chunk of {link.Name}: {problem}");
                throw Refused(link.Name, problem);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            if (generation.Ended.IsCancellationRequested) throw Over(generation);
            generation.Lost(link, $"the stream of {link.Name} broke", isEcho: true);
            throw new RpcException(new Status(StatusCode.Aborted, "the stream broke"));
        }
        catch (RpcException e) when (e.StatusCode is not (StatusCode.Aborted or StatusCode.FailedPrecondition)) // not ours: a torn or oversized message
        {
            generation.Lost(link, $"the stream of {link.Name} broke: {e.Status.Detail}", isEcho: false);
            Greeting.NoteUnfit(e, context, refusals);
            throw;
        }
        if (generation.Ended.IsCancellationRequested) throw Over(generation);
        generation.Lost(link, $"{link.Name} closed its stream", isEcho: true);
    }

    // When the line breaks, the taking side says so: it ends with the call.
    private static async Task SendAsync(ReduceGeneration generation, MemberLink link, IServerStreamWriter<ChunkMessage> responses, CancellationToken over)
    {
        try
        {
            while (await link.Sums.Chunks.WaitToReadAsync(over).ConfigureAwait(false))
            {
                while (link.Sums.Chunks.TryRead(out var sum))
                {
                    var bytes = sum.DataBytes;
                    try
                    {
                        await responses.WriteAsync(sum, over).ConfigureAwait(false);
                    }
                    finally
                    {
                        sum.Release();
                    }
                    generation.CountSent(bytes);
                }
            }
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or OperationCanceledException or IOException)
        {
            // Nobody hears it any more.
        }
        finally
        {
            link.Sums.Abandon();
        }
    }

    private static RpcException Refused(string node, string reason) =>
        new(new Status(StatusCode.FailedPrecondition, $"a chunk of {node} was refused: {reason}"));

    private static RpcException Over(ReduceGeneration generation)
    {
        if (generation.Cause is not { } cause) return new(new Status(StatusCode.Aborted, $"generation {generation.Generation} is over"));
        var trailers = new Metadata { { PeerTrailer, cause.PeerIndex.ToString(CultureInfo.InvariantCulture) } };
        return new(new Status(StatusCode.Aborted, $"generation {generation.Generation} broke: {cause.Reason}"), trailers);
    }
}
