using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Lockstep.Protos.Security;

/// <summary>A certificate authority for trials: its key lies in a file. Elliptic curve P-256.</summary>
public sealed class DevelopmentAuthority : IDisposable
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"), ClientAuthentication = new("1.3.6.1.5.5.7.3.2");
    private readonly X509Certificate2 _authority;

    private DevelopmentAuthority(X509Certificate2 authority) => _authority = authority;

    /// <summary>The authority's certificate, PEM.</summary>
    public string CertificatePem => _authority.ExportCertificatePem() + "\n";

    /// <summary>The authority's key, PEM: who has it can make certificates.</summary>
    public string KeyPem => PemOf(_authority);

    /// <summary>The end of the authority's own validity, which its certificates cannot outlive.</summary>
    public DateTimeOffset Until => _authority.NotAfter;

    /// <summary>Makes a new authority.</summary>
    public static DevelopmentAuthority Create(string name, DateTimeOffset from, DateTimeOffset to)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return new(request.CreateSelfSigned(from, to));
    }

    /// <summary>The authority of two PEM files that an earlier call wrote.</summary>
    public static DevelopmentAuthority Load(string certificatePath, string keyPath) => new(X509Certificate2.CreateFromPemFile(certificatePath, keyPath));

    /// <summary>A certificate for both sides of a connection, and its key, PEM.</summary>
    /// <param name="name">The subject.</param>
    /// <param name="hosts">Names and addresses under which it is reached.</param>
    /// <param name="from">Valid from; not before the authority.</param>
    /// <param name="to">Valid to; not after the authority.</param>
    public (string Certificate, string Key) Issue(string name, IReadOnlyList<string> hosts, DateTimeOffset from, DateTimeOffset to)
    {
        ArgumentNullException.ThrowIfNull(hosts);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication, ClientAuthentication], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts)
        {
            if (IPAddress.TryParse(host, out var address)) names.AddIpAddress(address);
            else names.AddDnsName(host);
        }
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_authority, from, to, RandomNumberGenerator.GetBytes(16));
        using var whole = certificate.CopyWithPrivateKey(key);
        return (whole.ExportCertificatePem() + "\n", PemOf(whole));
    }

    public void Dispose() => _authority.Dispose();

    private static string PemOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }
}
