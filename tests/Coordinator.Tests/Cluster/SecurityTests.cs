using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging;
using Xunit;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>Who is let in, and that the run goes on whoever comes.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly TestIdentities _identities = new();
    private readonly LogLines _log = new();
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CoordinatorOptions Options => TestCluster.Options with { Listen = "https://127.0.0.1:0", Security = _identities.Good };

    public void Dispose()
    {
        _identities.Dispose();
        _log.Dispose();
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("direct")]
    public async Task MutualTls_AndToken_TheRunHasTheSumsOfAQuietOne(string reducer)
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await TestCluster.StartAsync(Options with { Reducer = reducer });
        await cluster.StartNodesAsync(2, identity: identity);

        foreach (var node in cluster.Nodes) Assert.Equal(Finish.Types.Outcome.Completed, (await node.Ended.InTime()).Outcome);
        cluster.AssertSumsOfAQuietRun(20);
    }

    [Theory]
    [InlineData("another authority", "Is it of the authority in Security:Ca?")]
    [InlineData("expired", "Renew it, or set the clocks")]
    [InlineData("not yet valid", "(CN=early) is not accepted")]
    [InlineData("no certificate", "it showed no certificate")]
    [InlineData("plain text", "it did not finish the TLS handshake")]
    [InlineData("wrong token", "its call brought no join token, or a wrong one")]
    [InlineData("no token", "its call brought no join token, or a wrong one")]
    public async Task Stranger_IsRefusedLoggedAndCounted_AndTheRunGoesOn(string who, string logged)
    {
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, TestIdentities.Load(_identities.Good));
        Assert.Equal(0, (await StatusAsync(cluster)).Refused);

        var (address, options) = (cluster.App.Address, who switch
        {
            "another authority" => _identities.OfAnotherAuthority,
            "expired" => _identities.Expired,
            "not yet valid" => _identities.NotYetValid,
            "wrong token" => _identities.WithToken("0123456789abcdef-other"),
            "no token" => _identities.WithoutToken,
            _ => new SecurityOptions(),
        });
        if (who == "no certificate") await ConnectWithoutCertificateAsync(address);
        else
        {
            if (who == "plain text") address = new UriBuilder(address) { Scheme = "http" }.Uri;
            var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(address, FakeNode.Hello("stranger"), TestIdentities.Load(options)));
            if (who.Contains("token", StringComparison.Ordinal)) Assert.Contains("join token is missing or wrong", refused.Message);
            using var channel = CoordinatorChannel.Open(address, TestIdentities.Load(options));
            await Assert.ThrowsAsync<RpcException>(() => new ControlPlane.CoordinatorClient(channel).GetStatusAsync(new StatusRequest()).ResponseAsync.InTime());
        }
        Assert.StartsWith("refused 127.0.0.1:", await _log.FirstAsync(logged).InTime());
        await CountedAsync(cluster, 1, exactly: false);
        Assert.Equal(["node-0", "node-1"], (await StatusAsync(cluster)).Nodes.Select(node => node.Node));
        await AssertGoesOnAsync(cluster);
    }

    [Theory] // with a good certificate and the token
    [InlineData("recipe", "its recipe hash other differs")]
    [InlineData("dataset", "its dataset (hash other) differs")]
    [InlineData("run", "it holds step 3 of run ffff")]
    public async Task NodeThatDoesNotBelongToTheRun_IsRefusedLoggedAndCounted_AndTheRunGoesOn(string of, string reason)
    {
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, TestIdentities.Load(_identities.Good));
        while ((await StatusAsync(cluster)).CommittedSteps < 5) await Task.Delay(20); // until then a stranger may come first, and say what the run is
        var hello = FakeNode.Hello("stranger");
        if (of == "recipe") hello.RecipeHash = "other";
        if (of == "dataset") hello.DatasetHash = "other";
        if (of == "run") (hello.Run, hello.Step) = (new string('f', 32), 3);

        var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello, TestIdentities.Load(_identities.Good)));

        Assert.Contains(reason, refused.Message);
        Assert.Contains("rejected stranger", await _log.FirstAsync(reason).InTime());
        Assert.Equal(1, (await StatusAsync(cluster)).Refused);
        await AssertGoesOnAsync(cluster);
    }

    [Fact]
    public async Task CoordinatorOfAnotherHost_IsNotBelieved()
    {
        await using var cluster = await TestCluster.StartAsync(Options with { Security = _identities.OfAnotherHost });

        var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, FakeNode.Hello("node-0"), TestIdentities.Load(_identities.Good)));
        Assert.Contains("it is not believed: its certificate (CN=elsewhere) is for another host: dial it by a name that the certificate has", refused.Message);
    }

    [Fact]
    public async Task RotatedCertificate_IsShownToWhoComesAfter_AndABrokenOneIsNot()
    {
        await using var cluster = await TestCluster.StartAsync(Options);
        Assert.Equal("CN=good", await SubjectShownAsync(cluster.App.Address));

        _identities.Rotate("renewed");
        while (await SubjectShownAsync(cluster.App.Address) != "CN=renewed") await Task.Delay(100); // looked at once a second

        await File.WriteAllTextAsync(_identities.Good.Certificate, "no certificate");
        await Task.Delay(TimeSpan.FromSeconds(1.5)); // the next look
        Assert.Equal("CN=renewed", await SubjectShownAsync(cluster.App.Address));
    }

    [Fact]
    public async Task ThousandHalfOpenConnections_AreClosedLoggedAndCounted_AndTheRunGoesOn()
    {
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, TestIdentities.Load(_identities.Good));
        var address = cluster.App.Address;
        var idle = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                var client = new TcpClient();
                idle.Add(client);
                await client.ConnectAsync(address.Host, address.Port).InTime();
                if (i % 2 == 0) await client.GetStream().WriteAsync(new byte[] { 0x16, 0x03 }); // the beginning of a handshake, and no more
            }
            await AssertGoesOnAsync(cluster);

            await CountedAsync(cluster, 1000);
            await _log.FirstAsync("it did not finish the TLS handshake").InTime();
            Assert.All(idle, client => Assert.True(client.Client.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead))); // closed by the coordinator
        }
        finally
        {
            foreach (var client in idle) client.Dispose();
        }
    }

    // Slow loris: certificate and token are good, and the greeting comes at a byte a second, or never.
    [Fact]
    public async Task StreamsThatDoNotGreet_AreEndedLoggedAndCounted_AndTheRunGoesOn()
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, identity);
        using var http = new HttpMessageInvoker(new TokenHandler(identity, new SocketsHttpHandler { SslOptions = identity.ClientOptions() }));

        var statuses = await Task.WhenAll(
            OpenAsync("Coordinator/Session", dribbles: false), OpenAsync("Coordinator/Session", dribbles: true),
            OpenAsync("Collective/Exchange", dribbles: false), OpenAsync("Collective/Exchange", dribbles: true));

        Assert.All(statuses, status => Assert.Contains(status, (string[])["4", "10"])); // DEADLINE_EXCEEDED; ABORTED, to whom a session is refused for now
        Assert.StartsWith("refused ", await _log.FirstAsync("did not greet within 10 s").InTime());
        await CountedAsync(cluster, statuses.Length);
        await AssertGoesOnAsync(cluster);

        async Task<string> OpenAsync(string method, bool dribbles)
        {
            using var dribble = new Dribble(dribbles);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(cluster.App.Address, $"/lockstep.v1.{method}"))
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = dribble,
            };
            using var response = await http.SendAsync(request, CancellationToken.None).InTime();
            await response.Content.CopyToAsync(Stream.Null).InTime();
            return response.TrailingHeaders.Concat(response.Headers).First(header => header.Key == "grpc-status").Value.Single();
        }
    }

    [Fact]
    public async Task StreamOfAGenerationThatIsOver_IsRefusedLoggedAndCounted_AndTheRunGoesOn()
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, identity);
        while ((await StatusAsync(cluster)).CommittedSteps < 5) await Task.Delay(20);
        using var channel = CoordinatorChannel.Open(cluster.App.Address, identity);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(CollectiveMethods.Exchange, null, new CallOptions());
        var stale = new ChunkMessage { Run = RunTag.Of(cluster.App.Run), Generation = (await StatusAsync(cluster)).Generation - 1, NodeIndex = 1, Step = 4 };
        stale.Seal();

        await call.RequestStream.WriteAsync(stale).InTime();

        var refused = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None).InTime());
        Assert.Contains("is over; this node is in generation", refused.Status.Detail);
        Assert.StartsWith("refused ", await _log.FirstAsync("the stream of node number 1: generation").InTime());
        Assert.Equal(1, (await StatusAsync(cluster)).Refused);
        await AssertGoesOnAsync(cluster);
    }

    [Fact]
    public async Task OversizedMessage_EndsItsSession_IsLoggedAndCounted_AndTheRunGoesOn()
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, identity);
        var hello = FakeNode.Hello("large");
        hello.KernelFingerprint = new string('x', 5 << 20);

        var told = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello, identity));

        Assert.Contains("exceeds the maximum", told.Message);
        Assert.StartsWith("refused ", await _log.FirstAsync("exceeds the maximum").InTime());
        await CountedAsync(cluster, 1);

        var bytes = Marshallers.Create(static (byte[] message) => message, static message => message);
        using var channel = CoordinatorChannel.Open(cluster.App.Address, identity);
        using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(new Method<byte[], byte[]>(MethodType.DuplexStreaming, "lockstep.v1.Collective", "Exchange", bytes, bytes), null, new CallOptions());
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await call.RequestStream.WriteAsync(new byte[64 << 10]).InTime(); // a slice has 4,000 bytes
            await call.ResponseStream.MoveNext(CancellationToken.None).InTime();
        });
        Assert.Equal(StatusCode.ResourceExhausted, ended.StatusCode);
        await CountedAsync(cluster, 2);
        await AssertGoesOnAsync(cluster);
    }

    [Fact]
    public async Task SessionThatBeginsWithAnythingButHello_IsEndedLoggedAndCounted_AndTheRunGoesOn()
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, identity);
        var bytes = Marshallers.Create(static (byte[] message) => message, static message => message);
        using var channel = CoordinatorChannel.Open(cluster.App.Address, identity);

        Assert.Contains("its session began with Heartbeat instead of Hello", await EndAsync(new NodeMessage { Heartbeat = new() }.ToByteArray()));
        await CountedAsync(cluster, 1);
        Assert.Contains("the first message is none of the protocol", await EndAsync([0xff, 0xff, 0xff]));
        await CountedAsync(cluster, 2);
        await AssertGoesOnAsync(cluster);

        async Task<string> EndAsync(byte[] first)
        {
            using var call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(new Method<byte[], byte[]>(MethodType.DuplexStreaming, "lockstep.v1.Coordinator", "Session", bytes, bytes), null, new CallOptions());
            await call.RequestStream.WriteAsync(first).InTime();
            var ended = await Assert.ThrowsAsync<RpcException>(async () =>
            {
                for (var pulses = 0; pulses < 100; pulses++) Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).InTime());
            });
            return ended.Status.Detail;
        }
    }

    [Fact]
    public async Task Files_MissingOrNotWhatTheyShouldBe_AreNamed()
    {
        var good = _identities.Good;
        await File.WriteAllTextAsync(_identities.PathOf("short"), "secret");

        await RefusedAsync(good with { Certificate = _identities.PathOf("nothing-here.pem") }, "nothing-here.pem");
        await RefusedAsync(good with { Certificate = good.TokenFile }, "Security:Certificate", "holds no certificate");
        await RefusedAsync(good with { Key = good.Certificate }, "Security:Key", "no unencrypted PEM key");
        await RefusedAsync(good with { TokenFile = _identities.PathOf("short") }, "Security:TokenFile", "16 to 4096");
        var wrong = await Assert.ThrowsAsync<ValidationException>(() => TestCluster.StartAsync(Options with { Listen = "http://127.0.0.1:0" }));
        Assert.Contains("https://127.0.0.1:7000", wrong.Message);
        Assert.Single(new SecurityOptions { Ca = "a" }.Validate(new(good)));

        async Task RefusedAsync(SecurityOptions options, params string[] words)
        {
            var refused = await Assert.ThrowsAsync<InvalidDataException>(() => TestCluster.StartAsync(Options with { Security = options }));
            Assert.All(words, word => Assert.Contains(word, refused.Message));
            Assert.DoesNotContain("secret", refused.Message);
        }
    }

    private Task<TestCluster> StartAsync(CoordinatorOptions options) =>
        TestCluster.StartAsync(options, logging => logging.AddProvider(_log));

    private async Task AssertGoesOnAsync(TestCluster cluster)
    {
        _goOn.SetResult();
        foreach (var node in cluster.Nodes) Assert.Equal(Finish.Types.Outcome.Completed, (await node.Ended.InTime()).Outcome);
        cluster.AssertSumsOfAQuietRun(20);
    }

    // A handshake's end is seen a little later.
    private async Task CountedAsync(TestCluster cluster, long refused, bool exactly = true)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        long counted;
        while ((counted = (await StatusAsync(cluster)).Refused) < refused) await Task.Delay(50, timeout.Token);
        if (exactly) Assert.Equal(refused, counted); // who is turned away in the handshake may try again by itself
    }

    private async Task<RunStatus> StatusAsync(TestCluster cluster)
    {
        using var channel = CoordinatorChannel.Open(cluster.App.Address, TestIdentities.Load(_identities.Good));
        return await new ControlPlane.CoordinatorClient(channel).GetStatusAsync(new StatusRequest()).ResponseAsync.InTime();
    }

    private static async Task ConnectWithoutCertificateAsync(Uri address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port).InTime();
        await using var tls = new SslStream(client.GetStream(), false, (_, _, _, _) => true);
        try
        {
            // TLS 1.3 tells of the refusal only with the first bytes.
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.Host, ApplicationProtocols = [SslApplicationProtocol.Http2] }).InTime();
            Assert.Equal(0, await tls.ReadAsync(new byte[1]).AsTask().InTime());
        }
        catch (IOException)
        {
            // Reset, or an alert.
        }
    }

    private async Task<string> SubjectShownAsync(Uri address)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port).InTime();
        await using var tls = new SslStream(client.GetStream());
        var options = TestIdentities.Load(_identities.Good with { Certificate = _identities.OfAnotherHost.Certificate, Key = _identities.PathOf("elsewhere.key") }).ClientOptions();
        options.TargetHost = address.Host;
        options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        await tls.AuthenticateAsClientAsync(options).InTime();
        return tls.RemoteCertificate!.Subject;
    }

    // A call whose first message is announced and never whole: a byte a second, or nothing.
    private sealed class Dribble : HttpContent
    {
        private readonly bool _sends;
        private readonly CancellationTokenSource _over = new();

        public Dribble(bool sends)
        {
            _sends = sends;
            Headers.ContentType = new("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync(); // the headers
            byte[] message = [0, 0, 0, 1, 0, .. new byte[256]]; // 256 bytes, uncompressed
            foreach (var value in message)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_over.IsCancellationRequested) return;
                if (!_sends) continue;
                stream.WriteByte(value);
                await stream.FlushAsync();
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            _over.Cancel();
            base.Dispose(disposing);
        }
    }
}
