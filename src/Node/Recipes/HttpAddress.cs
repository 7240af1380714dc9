namespace Lockstep.Node.Recipes;

/// <summary>Addresses in recipes.</summary>
public static class HttpAddress
{
    /// <summary>Null for an address such as http://10.0.0.1:7000; otherwise what is wrong with it.</summary>
    public static string? Fault(string key, string text) =>
        text.Length == 0 || (Uri.TryCreate(text, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) && address.AbsolutePath == "/")
            ? null // an empty one is reported as missing
            : $"{key} is '{text}'; write an address with scheme and port, e.g. http://10.0.0.1:7000";

    /// <summary>Null for an address of plain HTTP, or an empty one; otherwise what is wrong with it.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="text">Its value.</param>
    /// <param name="remedy">An address such as it should be, and why plain.</param>
    public static string? PlainFault(string key, string text, string remedy) =>
        Fault(key, text) is null && (text.Length == 0 || new Uri(text).Scheme == Uri.UriSchemeHttp) ? null : $"{key} is '{text}'; write an address such as {remedy}";

    /// <summary>Null for an address of the scheme that the section Security asks for; otherwise what is wrong with it.</summary>
    public static string? Fault(string key, string text, string scheme) =>
        !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme == scheme
            ? null // Fault without a scheme tells of the rest
            : scheme == Uri.UriSchemeHttps
                ? $"{key} is '{text}', but the section Security has certificates: write https://"
                : $"{key} is '{text}', but there are no certificates: give Security:Ca, Security:Certificate and Security:Key, or write http://";
}
