using System.CommandLine;
using System.Security.Cryptography;
using Lockstep.Protos.Security;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep certs: certificates and a join token for trials.</summary>
internal static class CertsCommand
{
    private const string AuthorityCertificate = "ca.pem", AuthorityKey = "ca.key", TokenFile = "token";
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly string[] Local = ["localhost", "127.0.0.1", "::1"];

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "Where the files go. An authority that is there already is used again." };
        var names = new Option<string[]>("--names") { Description = "Certificates to make, one for each process or one for all.", DefaultValueFactory = _ => ["coordinator", "node"], AllowMultipleArgumentsPerToken = true };
        var hosts = new Option<string[]>("--hosts") { Description = "Names and addresses under which they are reached, beside localhost; *.nodes.example.org stands for one level.", AllowMultipleArgumentsPerToken = true };
        var days = new Option<int>("--days") { Description = "How long they are valid; the authority ten times as long.", DefaultValueFactory = _ => 30 };
        days.Require(d => d is >= 1 and <= 3650, "--days must be a number between 1 and 3650");
        var command = new Command("certs", """
            Makes an authority, certificates and a join token for trials (docs/security.md). For real clusters use the authority
            that you have, e.g. cert-manager: Lockstep reads PEM files.

            Example:
              lockstep certs certs --hosts 10.0.0.1 10.0.0.2
              lockstep train dino-demo Data:Train=pictures/train Security:Ca=certs/ca.pem Security:Certificate=certs/node.pem Security:Key=certs/node.key
            """) { folder, names, hosts, days };
        command.SetAction(parsed =>
        {
            var to = Directory.CreateDirectory(parsed.GetValue(folder)!).FullName;
            var now = DateTimeOffset.UtcNow;
            using var authority = AuthorityIn(to, now, now.AddDays(10.0 * parsed.GetValue(days)));
            var until = now.AddDays(parsed.GetValue(days));
            if (until > authority.Until) until = authority.Until;
            foreach (var name in parsed.GetValue(names)!)
            {
                if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
                    throw new InvalidDataException($"--names: '{name}' is no name for a file; use letters, digits, '-', '_' and '.'");
                var (certificate, key) = authority.Issue(name, [.. Local, .. parsed.GetValue(hosts) ?? []], now.AddMinutes(-5), until);
                Write(Path.Combine(to, $"{name}.pem"), certificate);
                WriteSecret(Path.Combine(to, $"{name}.key"), key);
                Console.WriteLine($"{name}.pem, {name}.key: valid to {until:u}");
            }
            var token = Path.Combine(to, TokenFile);
            if (!File.Exists(token))
            {
                WriteSecret(token, RandomNumberGenerator.GetHexString(64, lowercase: true) + "\n");
                Console.WriteLine($"{TokenFile}: the join token");
            }
            return 0;
        });
        return command;
    }

    private static DevelopmentAuthority AuthorityIn(string folder, DateTimeOffset now, DateTimeOffset to)
    {
        var (certificate, key) = (Path.Combine(folder, AuthorityCertificate), Path.Combine(folder, AuthorityKey));
        if (File.Exists(certificate) != File.Exists(key))
            throw new InvalidDataException($"'{folder}' has only one of {AuthorityCertificate} and {AuthorityKey}; bring the other back, or use an empty folder");
        if (File.Exists(certificate))
        {
            try
            {
                return DevelopmentAuthority.Load(certificate, key);
            }
            catch (CryptographicException e)
            {
                throw new InvalidDataException($"'{certificate}' and '{key}' are no certificate and key: {e.Message}", e);
            }
        }
        var authority = DevelopmentAuthority.Create("Lockstep development authority", now.AddMinutes(-5), to);
        Write(certificate, authority.CertificatePem);
        WriteSecret(key, authority.KeyPem);
        Console.WriteLine($"{AuthorityCertificate}, {AuthorityKey}: a new authority; keep {AuthorityKey} to yourself");
        return authority;
    }

    private static void Write(string path, string text) => File.WriteAllText(path, text);

    // Readable by its owner alone from the first byte on.
    private static void WriteSecret(string path, string text)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Secret;
        using var file = new FileStream(path, options);
        using var writer = new StreamWriter(file);
        writer.Write(text);
    }
}
