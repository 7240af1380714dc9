using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Coordinator.Tests.Cluster;

/// <summary>Certificates and tokens in a folder of their own, good ones and others.</summary>
internal sealed class TestIdentities : IDisposable
{
    public const string Token = "0123456789abcdef-token";
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow, From = Now.AddDays(-20), To = Now.AddDays(20);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();
    private readonly DevelopmentAuthority _ours = DevelopmentAuthority.Create("ours", From, To), _theirs = DevelopmentAuthority.Create("theirs", From, To);

    public TestIdentities()
    {
        File.WriteAllText(PathOf("token"), Token + "\n");
        File.WriteAllText(PathOf("ours.pem"), _ours.CertificatePem);
        File.WriteAllText(PathOf("theirs.pem"), _theirs.CertificatePem);
        Good = Files("good", _ours, ["127.0.0.1", "localhost"], From, To);
    }

    /// <summary>What coordinator and nodes of the tests show.</summary>
    public SecurityOptions Good { get; }

    public SecurityOptions OfAnotherAuthority => Files("other", _theirs, ["127.0.0.1"], From, To);

    public SecurityOptions Expired => Files("expired", _ours, ["127.0.0.1"], From, Now.AddDays(-1));

    public SecurityOptions NotYetValid => Files("early", _ours, ["127.0.0.1"], Now.AddDays(1), To);

    public SecurityOptions OfAnotherHost => Files("elsewhere", _ours, ["example.org"], From, To);

    public SecurityOptions WithToken(string token)
    {
        File.WriteAllText(PathOf("other-token"), token);
        return Good with { TokenFile = PathOf("other-token") };
    }

    public SecurityOptions WithoutToken => Good with { TokenFile = "" };

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>A new certificate of our authority over the good one's files.</summary>
    public void Rotate(string subject)
    {
        var (certificate, key) = _ours.Issue(subject, ["127.0.0.1"], From, To);
        File.WriteAllText(Good.Key, key);
        File.WriteAllText(Good.Certificate, certificate);
    }

    public static Identity Load(SecurityOptions options) => Identity.Load(options, TimeProvider.System, NullLogger.Instance);

    public void Dispose()
    {
        _ours.Dispose();
        _theirs.Dispose();
        _folder.Delete(recursive: true);
    }

    private SecurityOptions Files(string name, DevelopmentAuthority authority, string[] hosts, DateTimeOffset from, DateTimeOffset to)
    {
        var (certificate, key) = authority.Issue(name, hosts, from, to);
        File.WriteAllText(PathOf($"{name}.pem"), certificate);
        File.WriteAllText(PathOf($"{name}.key"), key);
        return new() { Ca = PathOf("ours.pem"), Certificate = PathOf($"{name}.pem"), Key = PathOf($"{name}.key"), TokenFile = PathOf("token") };
    }
}
