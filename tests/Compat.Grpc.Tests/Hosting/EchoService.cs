using System.Text;
using Grpc.Core;
using Lockstep.Compat.Grpc.Tests.Protos;

namespace Lockstep.Compat.Grpc.Tests.Hosting;

/// <summary>Echoes, unless a test replaces a handler.</summary>
internal sealed class EchoService(Handlers handlers) : Echo.EchoBase
{
    public override Task<Note> Say(Note request, ServerCallContext context) => handlers.Say(request, context);

    public override Task<Note> Collect(IAsyncStreamReader<Note> requestStream, ServerCallContext context) =>
        handlers.Collect(requestStream, context);

    public override Task Expand(Note request, IServerStreamWriter<Note> responseStream, ServerCallContext context) =>
        handlers.Expand(request, responseStream, context);

    public override Task Chat(IAsyncStreamReader<Note> requestStream, IServerStreamWriter<Note> responseStream, ServerCallContext context) =>
        handlers.Chat(requestStream, responseStream, context);
}

/// <summary>What the echo service does; tests replace what they test.</summary>
internal sealed class Handlers
{
    public UnaryServerMethod<Note, Note> Say { get; set; } = (request, _) => Task.FromResult(request);

    public ClientStreamingServerMethod<Note, Note> Collect { get; set; } = async (requests, _) =>
    {
        var text = new StringBuilder();
        var sum = 0;
        await foreach (var note in requests.ReadAllAsync())
        {
            text.Append(note.Text);
            sum += note.Number;
        }

        return new Note { Text = text.ToString(), Number = sum };
    };

    public ServerStreamingServerMethod<Note, Note> Expand { get; set; } = async (request, responses, _) =>
    {
        for (var i = 0; i < request.Number; i++)
        {
            await responses.WriteAsync(new Note { Text = request.Text, Number = i, Data = request.Data });
        }
    };

    public DuplexStreamingServerMethod<Note, Note> Chat { get; set; } = async (requests, responses, _) =>
    {
        await foreach (var note in requests.ReadAllAsync())
        {
            await responses.WriteAsync(note);
        }
    };
}
