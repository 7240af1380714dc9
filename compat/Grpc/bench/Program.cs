// Bytes allocated a message on each side, and throughput, over loopback between two processes:
//   dotnet run -c Release --project compat/Grpc/bench [-- CHUNK_KIB [MESSAGES [WINDOW_KIB]]]
using System.Diagnostics;
using System.Globalization;
using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Compat.Grpc.Bench;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

if (args is ["serve", var serveSize])
{
    await ServeAsync(int.Parse(serveSize, CultureInfo.InvariantCulture));
    return;
}

var sizeBytes = (args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 256) * 1024;
var messages = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 4000;
var windowBytes = (args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1024) * 1024;
using var server = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", sizeBytes.ToString(CultureInfo.InvariantCulture)])
{
    RedirectStandardOutput = true,
    RedirectStandardInput = true,
})!;
try
{
    using var channel = GrpcChannel.ForAddress(
        (await server.StandardOutput.ReadLineAsync())!,
        new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true, InitialHttp2StreamWindowSize = windowBytes },
        });
    Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {messages} messages of {sizeBytes / 1024} KiB");
    Console.WriteLine($"{typeof(GrpcChannel).Assembly.GetName().Name}");
    Console.WriteLine("mode            MB/s  client bytes/message  server bytes/message");
    foreach (var mode in (string[])[nameof(BulkService.Drop), nameof(BulkService.Give), nameof(BulkService.Echo)])
    {
        await RunAsync(channel, mode, messages / 8);
        Console.WriteLine(await RunAsync(channel, mode, messages));
    }
}
finally
{
    server.Kill();
}

async Task<string> RunAsync(GrpcChannel channel, string mode, int count)
{
    var invoker = channel.CreateCallInvoker();
    var chunk = new Chunk(sizeBytes);
    var headers = new Metadata { { "count", count.ToString(CultureInfo.InvariantCulture) } };
    var serverBefore = await ServerAllocatedAsync(invoker);
    var before = GC.GetTotalAllocatedBytes(precise: true);
    var watch = Stopwatch.StartNew();
    using var call = invoker.AsyncDuplexStreamingCall(BulkService.Stream(mode, chunk), null, new CallOptions(headers));
    var reading = Task.Run(async () =>
    {
        var received = 0;
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            received++;
        }

        return received;
    });
    for (var i = 0; i < count && mode != nameof(BulkService.Give); i++)
    {
        await call.RequestStream.WriteAsync(chunk);
    }

    await call.RequestStream.CompleteAsync();
    var received = await reading;
    var elapsed = watch.Elapsed;
    var client = GC.GetTotalAllocatedBytes(precise: true) - before;
    var server = await ServerAllocatedAsync(invoker) - serverBefore;
    if (received != (mode == nameof(BulkService.Drop) ? 0 : count))
    {
        throw new InvalidOperationException($"{mode}: received {received} of {count} messages.");
    }

    var rate = (double)sizeBytes * count / 1e6 / elapsed.TotalSeconds;
    return $"{mode,-10}{rate,10:F0}{client / count,22}{server / count,22}";
}

static async Task<long> ServerAllocatedAsync(CallInvoker invoker) =>
    long.Parse(await invoker.AsyncUnaryCall(BulkService.Allocated, null, new CallOptions(), ""), CultureInfo.InvariantCulture);

static async Task ServeAsync(int sizeBytes)
{
    BulkService.UseChunk(sizeBytes);
    var builder = WebApplication.CreateSlimBuilder();
    builder.Logging.ClearProviders();
    builder.WebHost.ConfigureKestrel(options =>
    {
        options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        options.Limits.Http2.InitialStreamWindowSize = 8 << 20;
        options.Limits.Http2.InitialConnectionWindowSize = 16 << 20;
        options.Limits.MinResponseDataRate = null;
    });
    builder.Services.AddGrpc();
    var app = builder.Build();
    app.MapGrpcService<BulkService>();
    await app.StartAsync();
    Console.WriteLine(app.Urls.Single());
    await app.WaitForShutdownAsync();
}
