using System.CommandLine;
using System.ComponentModel.DataAnnotations;
using Lockstep.Protos.Security;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lockstep.Cli.Commands;

/// <summary>How a command that asks a coordinator shows who it is.</summary>
internal sealed class SecurityArguments
{
    private readonly Option<string> _ca = Of("--ca", "PEM file of the authorities to believe"), _certificate = Of("--certificate", "PEM file of a certificate to show"),
        _key = Of("--key", "PEM file of its key"), _token = Of("--token-file", "File of the run's join token");

    public void AddTo(Command command)
    {
        foreach (var option in new[] { _ca, _certificate, _key, _token }) command.Add(option);
    }

    /// <exception cref="ValidationException">Only some of the files were given.</exception>
    /// <exception cref="InvalidDataException">A file cannot be used.</exception>
    public Identity Load(ParseResult parsed)
    {
        var options = new SecurityOptions
        {
            Ca = parsed.GetValue(_ca) ?? "",
            Certificate = parsed.GetValue(_certificate) ?? "",
            Key = parsed.GetValue(_key) ?? "",
            TokenFile = parsed.GetValue(_token) ?? "",
        };
        if (options.Validate(new(options)).FirstOrDefault() is not null) throw new ValidationException("--ca, --certificate and --key belong together: give all three, or none");
        return Identity.Load(options, TimeProvider.System, NullLogger.Instance);
    }

    // As recipes take it from the environment, so does this.
    private static Option<string> Of(string name, string description)
    {
        var setting = name switch { "--ca" => "Ca", "--certificate" => "Certificate", "--key" => "Key", _ => "TokenFile" };
        return new(name) { Description = $"{description} (else LOCKSTEP_Security__{setting}).", DefaultValueFactory = _ => Environment.GetEnvironmentVariable($"LOCKSTEP_Security__{setting}") ?? "" };
    }
}
