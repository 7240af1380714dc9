using System.Globalization;
using System.Text;

namespace Grpc.Wire;

/// <summary>The grpc-message trailer: UTF-8, percent-encoded outside printable ASCII.</summary>
internal static class StatusMessage
{
    public static string Encode(string detail)
    {
        if (!detail.AsSpan().ContainsAnyExceptInRange(' ', '~') && !detail.Contains('%'))
        {
            return detail;
        }

        var encoded = new StringBuilder(detail.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(detail))
        {
            if (b is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)b);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
            }
        }

        return encoded.ToString();
    }

    /// <summary>Malformed escapes stay as they are.</summary>
    public static string Decode(string? encoded) => string.IsNullOrEmpty(encoded) ? "" : Uri.UnescapeDataString(encoded);
}
