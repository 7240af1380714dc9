using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Lockstep.Protos.Security;

/// <summary>
/// How a process proves who it is, and checks others: mutual TLS by certificates of the run's own authority, and a join
/// token. The files are looked at again at most once a second, so that rotated ones are taken up without a restart;
/// connections that are open stay.
/// </summary>
public sealed partial class Identity
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"), ClientAuthentication = new("1.3.6.1.5.5.7.3.2");

    /// <summary>Plain text, no token: for a machine of one's own, or a network that nobody else is on.</summary>
    public static readonly Identity None = new(new(), TimeProvider.System, null);

    private readonly SecurityOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger? _logger;
    private readonly Lock _gate = new();
    private Dictionary<string, byte[]> _contents;
    private Credential _credential;
    private long _looked;

    private Identity(SecurityOptions options, TimeProvider time, ILogger? logger)
    {
        (_options, _time, _logger) = (options, time, logger);
        _contents = Read();
        _credential = Credential.Of(options, _contents);
        _looked = time.GetTimestamp();
    }

    /// <summary>Whether calls use mutual TLS.</summary>
    public bool UsesTls => _options.UsesTls;

    private const string AnotherHost = "dial it by a name that the certificate has, or make one for this name (lockstep certs --hosts)",
        OutOfDate = "Renew it, or set the clocks", AnotherAuthority = "Is it of the authority in Security:Ca?";

    /// <summary>The token that calls bring; empty when none is asked for.</summary>
    internal string Token => Current().Token;

    /// <summary>Reads the files of an identity.</summary>
    /// <param name="options">Which files.</param>
    /// <param name="time">Paces the looks at the files.</param>
    /// <param name="logger">Hears of rotated files, and of those that cannot be used: the earlier ones stay in use then.</param>
    /// <exception cref="InvalidDataException">A file is missing or is not what it should be; the message names it.</exception>
    public static Identity Load(SecurityOptions options, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        try
        {
            return new(options, time, logger);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"a file of the section Security cannot be read: {e.Message}", e);
        }
    }

    /// <summary>For the side that connects.</summary>
    public SslClientAuthenticationOptions ClientOptions() => new()
    {
        ClientCertificateContext = Current().Own,
        // A mere false would not say why.
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Fault(certificate, chain, errors, ServerAuthentication) is not { } fault
            ? true
            : throw new AuthenticationException($"it is not believed: {fault}"),
    };

    /// <summary>For the side that is connected to.</summary>
    /// <param name="refused">Hears why a certificate was refused.</param>
    internal SslServerAuthenticationOptions ServerOptions(Action<string> refused) => new()
    {
        ServerCertificateContext = Current().Own,
        ClientCertificateRequired = true,
        ApplicationProtocols = [SslApplicationProtocol.Http2],
        RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
        {
            // The name in a client's certificate is not its address: only a server's is compared.
            var fault = Fault(certificate, chain, errors & ~SslPolicyErrors.RemoteCertificateNameMismatch, ClientAuthentication);
            if (fault is not null) refused(fault);
            return fault is null;
        },
    };

    /// <summary>Whether a call's token is the right one; takes as long for a wrong one as for the right one.</summary>
    internal bool Accepts(string token) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(token)), SHA256.HashData(Encoding.UTF8.GetBytes(Token)));

    // Null for a certificate of one of our authorities that is valid now and made for the purpose.
    private string? Fault(X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors, Oid purpose)
    {
        if (certificate is not X509Certificate2 leaf) return "it showed no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return $"its certificate ({leaf.Subject}) is for another host: {AnotherHost}";
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current().Authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(purpose);
        if (sent is not null) chain.ChainPolicy.ExtraStore.AddRange(sent.ChainElements.Select(element => element.Certificate).ToArray());
        if (chain.Build(leaf)) return null;
        var isOutOfDate = chain.ChainStatus.All(status => status.Status is X509ChainStatusFlags.NotTimeValid);
        return $"its certificate ({leaf.Subject}) is not accepted: {string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation.TrimEnd('.', '\n')).Distinct())}. {(isOutOfDate ? OutOfDate : AnotherAuthority)}";
    }

    private Credential Current()
    {
        lock (_gate)
        {
            if (_time.GetElapsedTime(_looked) < LookInterval) return _credential;
            _looked = _time.GetTimestamp();
            try
            {
                var contents = Read();
                if (contents.All(file => file.Value.AsSpan().SequenceEqual(_contents[file.Key]))) return _credential;
                _credential = Credential.Of(_options, contents);
                _contents = contents;
                if (_logger is not null) LogRotated(_logger);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                if (_logger is not null) LogKept(_logger, e.Message);
            }
            return _credential;
        }
    }

    private Dictionary<string, byte[]> Read() => new[] { _options.Ca, _options.Certificate, _options.Key, _options.TokenFile }
        .Where(path => path.Length > 0).Distinct().ToDictionary(path => path, File.ReadAllBytes);

    [LoggerMessage(1101, LogLevel.Information, "the files of the section Security have changed: connections made from now on use the new ones")]
    private static partial void LogRotated(ILogger logger);

    [LoggerMessage(1102, LogLevel.Warning, "the files of the section Security have changed, but cannot be used; the earlier ones stay in use: {Message}")]
    private static partial void LogKept(ILogger logger, string message);
}
