using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;

namespace Grpc.AspNetCore.Server;

/// <summary>The identity in a client certificate, by gRPC's names: the alternative names if there are any, else the common name.</summary>
internal static class ClientCertificateIdentity
{
    private const string CommonName = "x509_common_name";
    private const string AlternativeName = "x509_subject_alternative_name";

    public static AuthContext Read(X509Certificate2 certificate)
    {
        var properties = new Dictionary<string, List<AuthProperty>>();
        Add(properties, AlternativeName, certificate.GetNameInfo(X509NameType.DnsFromAlternativeName, false));
        Add(properties, CommonName, certificate.GetNameInfo(X509NameType.SimpleName, false));
        var identity = properties.ContainsKey(AlternativeName) ? AlternativeName : properties.ContainsKey(CommonName) ? CommonName : null;
        return new AuthContext(identity, properties);
    }

    private static void Add(Dictionary<string, List<AuthProperty>> properties, string name, string value)
    {
        if (value.Length > 0)
        {
            properties[name] = [AuthProperty.Create(name, Encoding.UTF8.GetBytes(value))];
        }
    }
}
