using Lockstep.Cluster.Tests.Chaos;

namespace Lockstep.Cluster.Tests;

/// <summary>Mutual TLS and a join token between real processes, with what lockstep certs makes. Who is refused: SecurityTests.</summary>
public sealed class SecuredRunTests(SampleFolder samples) : IClassFixture<SampleFolder>
{
    [Fact]
    public async Task Train_WithCertificatesAndAToken_SameDigests()
    {
        var certificates = Path.Combine(samples.Folder, "certs");
        var (exit, output) = await Tool.RunAsync(samples.Folder, "certs", certificates, "--hosts", "127.0.0.1");
        Assert.True(exit == 0, output);

        // Ports of one process a machine, as a recipe for a cluster may have them: train gives its processes none of them.
        var health = $"http://127.0.0.1:{FreePort.Take()}";
        var folder = Path.Combine(samples.Folder, "secured");
        (exit, output) = await Tool.RunAsync(samples.Folder, TinyRun.Train(
            samples, folder, 2, $"Cluster:HealthListen={health}", $"Node:HealthListen={health}", $"Security:Ca={certificates}/ca.pem", $"Security:Certificate={certificates}/node.pem", $"Security:Key={certificates}/node.key", $"Security:TokenFile={certificates}/token"));
        Assert.True(exit == 0, output);
        Assert.Matches("takes part in the run at https://", await File.ReadAllTextAsync(Path.Combine(folder, "lockstep.log")));
        Assert.Equal(await samples.Quiet.DigestsAsync(), TinyRun.Digests(folder));
    }
}
