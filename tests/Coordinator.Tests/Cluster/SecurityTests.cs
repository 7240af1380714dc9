using System.ComponentModel.DataAnnotations;
using System.Net.Security;
using System.Net.Sockets;
using Grpc.Core;
using Lockstep.Node.Session;
using Lockstep.Protos;
using Lockstep.Protos.Security;
using Xunit;
using ControlPlane = Lockstep.Protos.Coordinator;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>Who is let in, and that the run goes on whoever comes.</summary>
public sealed class SecurityTests : IDisposable
{
    private readonly TestIdentities _identities = new();
    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CoordinatorOptions Options => TestCluster.Options with { Listen = "https://127.0.0.1:0", Security = _identities.Good };

    public void Dispose() => _identities.Dispose();

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

    public static TheoryData<string> Strangers => ["another authority", "expired", "not yet valid", "no certificate", "plain text", "wrong token", "no token"];

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task Stranger_IsRefusedAndCounted_AndTheRunGoesOn(string who)
    {
        await using var cluster = await TestCluster.StartAsync(Options);
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
        await CountedAsync(cluster, 1);
        Assert.Equal(["node-0", "node-1"], (await StatusAsync(cluster)).Nodes.Select(node => node.Node));
        await AssertGoesOnAsync(cluster);
    }

    [Theory] // with a good certificate and the token
    [InlineData("recipe", "its recipe hash other differs", 1)]
    [InlineData("dataset", "its dataset (hash other) differs", 1)]
    [InlineData("run", "it holds step 3 of run ffff", 0)] // it may be this coordinator that is wrong: the node tries again
    public async Task NodeThatDoesNotBelongToTheRun_IsRefusedAndCounted_AndTheRunGoesOn(string of, string reason, long counted)
    {
        await using var cluster = await TestCluster.StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, TestIdentities.Load(_identities.Good));
        while ((await StatusAsync(cluster)).CommittedSteps < 5) await Task.Delay(20); // until then a stranger may come first, and say what the run is
        var hello = FakeNode.Hello("stranger");
        if (of == "recipe") hello.RecipeHash = "other";
        if (of == "dataset") hello.DatasetHash = "other";
        if (of == "run") (hello.Run, hello.Step) = (new string('f', 32), 3);

        var refused = await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello, TestIdentities.Load(_identities.Good)));

        Assert.Contains(reason, refused.Message);
        Assert.Equal(counted, (await StatusAsync(cluster)).Refused);
        await AssertGoesOnAsync(cluster);
    }

    [Fact]
    public async Task CoordinatorOfAnotherHost_IsNotBelieved()
    {
        await using var cluster = await TestCluster.StartAsync(Options with { Security = _identities.OfAnotherHost });

        await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, FakeNode.Hello("node-0"), TestIdentities.Load(_identities.Good)));
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
    public async Task ThousandHalfOpenConnections_AndSlowOnes_AreClosedAndCounted_AndTheRunGoesOn()
    {
        await using var cluster = await TestCluster.StartAsync(Options);
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
            Assert.All(idle, client => Assert.True(client.Client.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectRead))); // closed by the coordinator
        }
        finally
        {
            foreach (var client in idle) client.Dispose();
        }
    }

    [Fact]
    public async Task OversizedMessage_EndsItsSession_AndTheRunGoesOn()
    {
        var identity = TestIdentities.Load(_identities.Good);
        await using var cluster = await TestCluster.StartAsync(Options);
        await cluster.StartNodesAsync(2, (_, step) => step == 5 ? _goOn.Task : Task.CompletedTask, identity);
        var hello = FakeNode.Hello("large");
        hello.KernelFingerprint = new string('x', 5 << 20);

        await Assert.ThrowsAsync<SessionException>(() => FakeNode.DialAsync(cluster.App.Address, hello, identity));

        await AssertGoesOnAsync(cluster);
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

    private async Task AssertGoesOnAsync(TestCluster cluster)
    {
        _goOn.SetResult();
        foreach (var node in cluster.Nodes) Assert.Equal(Finish.Types.Outcome.Completed, (await node.Ended.InTime()).Outcome);
        cluster.AssertSumsOfAQuietRun(20);
    }

    // A handshake's end is seen a little later.
    private async Task CountedAsync(TestCluster cluster, long refused)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await StatusAsync(cluster)).Refused < refused) await Task.Delay(50, timeout.Token);
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
}
