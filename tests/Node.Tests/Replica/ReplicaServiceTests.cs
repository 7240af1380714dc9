using System.Runtime.InteropServices;
using Grpc.Core;
using Grpc.Net.Client;
using Lockstep.Models.Replica;
using Lockstep.Node.Recipes;
using Lockstep.Node.Replica;
using Lockstep.Protos;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Lockstep.Node.Tests.Replica;

/// <summary>State and teacher over real loopback gRPC.</summary>
public sealed class ReplicaServiceTests : IAsyncLifetime
{
    private const string Run = "0123456789abcdef0123456789abcdef", Recipe = "recipe-hash";

    // The student is larger than one chunk of 2^18 floats, so that a section comes in pieces.
    private static readonly StateLayout Layout = new([
        ("student", new FlatLayout([("w", [700, 500]), ("b", [7])])),
        ("teacher", new FlatLayout([("w", [31]), ("b", [7])])),
    ]);

    private readonly ReplicaState _state = new(Layout) { Step = 42 };
    private WebApplication _app = null!;
    private string _address = "";

    public async ValueTask InitializeAsync()
    {
        foreach (var (name, _) in Layout.Sections)
        {
            var values = _state[name].Span;
            for (var i = 0; i < values.Length; i++) values[i] = i * 0.5f + name.Length;
        }
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(e => e.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new ReplicaService(new ReplicaGate(_state) { Run = Run }, OptionsFor(Recipe)));
        _app = builder.Build();
        _app.MapGrpcService<ReplicaService>();
        await _app.StartAsync();
        _address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    [Fact]
    public async Task FetchState_GivesTheSameDigestAndStep()
    {
        using var copy = new ReplicaState(Layout);
        await StateFetch.RunAsync(_address, Run, Recipe, copy, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(42, copy.Step);
        Assert.Equal(_state.Digest(), copy.Digest());
    }

    [Fact]
    public async Task FetchTeacher_SendsTheTeacherAlone()
    {
        using var channel = GrpcChannel.ForAddress(_address);
        using var call = new Protos.Replica.ReplicaClient(channel).FetchTeacher(
            new FetchRequest { Run = Run, RecipeHash = Recipe }, deadline: DateTime.UtcNow.AddSeconds(30));
        var values = new List<float>();
        var digest = "";
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal(42, chunk.Step);
            if (chunk.Digest.Length > 0) digest = chunk.Digest;
            else Assert.Equal("teacher", chunk.Section);
            values.AddRange(MemoryMarshal.Cast<byte, float>(chunk.Data.Span));
        }
        Assert.Equal(_state["teacher"].Span.ToArray(), values);
        Assert.Equal(StateDigest.Of(_state["teacher"]), digest);
    }

    [Theory]
    [InlineData("another run", Recipe, "run")]
    [InlineData(Run, "another recipe", "recipe")]
    public async Task StrangersRequest_IsRefused(string run, string recipe, string word)
    {
        using var copy = new ReplicaState(Layout);
        var error = await Assert.ThrowsAsync<IOException>(
            () => StateFetch.RunAsync(_address, run, recipe, copy, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains(word, error.Message);
        Assert.Contains(_address, error.Message);
    }

    [Fact]
    public async Task StateOfAnotherLayout_IsRefused()
    {
        using var copy = new ReplicaState(new StateLayout([("student", new FlatLayout([("w", [3])])), ("teacher", new FlatLayout([("w", [3])]))]));
        await Assert.ThrowsAsync<IOException>(
            () => StateFetch.RunAsync(_address, Run, Recipe, copy, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30)));
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _state.Dispose();
    }

    // The service reads nothing of a recipe but its hash.
    private static TrainingRecipe OptionsFor(string hash) => new()
    {
        Method = "dino",
        Run = new RunOptions(),
        Data = new DataOptions(),
        Model = null!,
        Dino = null!,
        Optim = null!,
        Augment = null!,
        Cluster = new ClusterOptions(),
        Node = new NodeOptions(),
        Evaluation = new EvaluationOptions(),
        Deciding = new Dictionary<string, string>(),
        Hash = hash,
        Json = "{}",
    };
}
