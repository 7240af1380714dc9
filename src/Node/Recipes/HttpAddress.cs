namespace Lockstep.Node.Recipes;

internal static class HttpAddress
{
    /// <summary>Null for an address such as http://10.0.0.1:7000; otherwise what is wrong with it.</summary>
    public static string? Fault(string key, string text) =>
        text.Length == 0 || (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp && address.AbsolutePath == "/")
            ? null // an empty one is reported as missing
            : $"{key} is '{text}'; write an address with scheme and port, e.g. http://10.0.0.1:7000";
}
