using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Lockstep.Protos.Security;

/// <summary>What a process shows and whom it believes, as its files said at one time.</summary>
/// <param name="Own">This process's certificate with its key and intermediate certificates; null without TLS.</param>
/// <param name="Authorities">Whose certificates are accepted.</param>
/// <param name="Token">The join token; empty when none is asked for.</param>
internal sealed record Credential(SslStreamCertificateContext? Own, X509Certificate2Collection Authorities, string Token)
{
    private const int ShortestToken = 16, LongestToken = 4096;

    /// <summary>Makes it of the contents of the files.</summary>
    /// <exception cref="InvalidDataException">A file is not what it should be; the message names it.</exception>
    public static Credential Of(SecurityOptions options, IReadOnlyDictionary<string, byte[]> contents)
    {
        var token = options.TokenFile.Length > 0 ? TokenOf(options.TokenFile, contents[options.TokenFile]) : "";
        if (!options.UsesTls) return new(null, [], token);
        var authorities = Certificates("Security:Ca", options.Ca, contents[options.Ca]);
        var chain = Certificates("Security:Certificate", options.Certificate, contents[options.Certificate]);
        X509Certificate2 own;
        try
        {
            using var leaf = chain[0];
            using var ephemeral = X509Certificate2.CreateFromPem(leaf.ExportCertificatePem(), Encoding.UTF8.GetString(contents[options.Key]));
            own = X509CertificateLoader.LoadPkcs12(ephemeral.Export(X509ContentType.Pkcs12), null);
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"Security:Key '{options.Key}' is no unencrypted PEM key of the certificate '{options.Certificate}': {e.Message}", e);
        }
        chain.RemoveAt(0);
        return new(SslStreamCertificateContext.Create(own, chain, offline: true), authorities, token);
    }

    private static X509Certificate2Collection Certificates(string key, string path, byte[] content)
    {
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(Encoding.UTF8.GetString(content));
        }
        catch (CryptographicException e)
        {
            throw new InvalidDataException($"{key} '{path}' is not a PEM file of certificates: {e.Message}", e);
        }
        return found.Count > 0 ? found : throw new InvalidDataException($"{key} '{path}' holds no certificate (-----BEGIN CERTIFICATE-----)");
    }

    private static string TokenOf(string path, byte[] content)
    {
        var token = Encoding.UTF8.GetString(content).Trim();
        return token.Length is >= ShortestToken and <= LongestToken && token.All(c => c is > ' ' and < '\u007f')
            ? token
            : throw new InvalidDataException($"Security:TokenFile '{path}' must hold one word of {ShortestToken} to {LongestToken} printable ASCII characters, e.g. of 'openssl rand -hex 32'");
    }
}
