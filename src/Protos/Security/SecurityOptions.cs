using System.ComponentModel.DataAnnotations;

namespace Lockstep.Protos.Security;

/// <summary>
/// Section Security: how processes of a run know each other. Paths only, never the secrets themselves; the files are read
/// again when they change. Nothing here changes the result of a run.
/// </summary>
public sealed record SecurityOptions : IValidatableObject
{
    /// <summary>PEM file of the authorities whose certificates are accepted. With <see cref="Certificate"/> and <see cref="Key"/>: every call uses mutual TLS.</summary>
    public string Ca { get; init; } = "";

    /// <summary>PEM file of this process's certificate, followed by intermediate ones if there are any.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>PEM file of the certificate's private key, not encrypted.</summary>
    public string Key { get; init; } = "";

    /// <summary>File of a secret that every call must bring, the same for all processes of a run; empty: none is asked for.</summary>
    public string TokenFile { get; init; } = "";

    /// <summary>Whether calls use mutual TLS.</summary>
    public bool UsesTls => Certificate.Length > 0;

    /// <summary>The scheme of addresses: https with certificates, http without.</summary>
    public string Scheme => UsesTls ? Uri.UriSchemeHttps : Uri.UriSchemeHttp;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var given = new[] { Ca, Certificate, Key }.Count(path => path.Length > 0);
        if (given is not (0 or 3)) yield return new("Security:Ca, Security:Certificate and Security:Key belong together: give all three files, or none ('lockstep certs' makes them for trials)");
    }
}
