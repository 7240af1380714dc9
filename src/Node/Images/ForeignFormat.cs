namespace Lockstep.Node.Images;

/// <summary>What a file is that is no JPEG, PNG or WebP, for messages: the formats that datasets contain by mistake.</summary>
internal static class ForeignFormat
{
    /// <summary>"a GIF, not a JPEG, PNG or WebP", or without the first part if the bytes are nothing known.</summary>
    public static string Describe(ReadOnlySpan<byte> bytes)
    {
        const string Refusal = "not a JPEG, PNG or WebP";
        return NameOf(bytes) is { } name ? $"{name}, {Refusal}" : Refusal;
    }

    private static string? NameOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("GIF8"u8)) return "a GIF";
        if (bytes.StartsWith("BM"u8)) return "a BMP";
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8)) return "a TIFF";
        if (bytes.Length >= 12 && bytes[4..].StartsWith("ftyp"u8)) return bytes[8..].StartsWith("avi"u8) ? "an AVIF" : "a HEIC or MP4";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0x0A]) || bytes.StartsWith("\0\0\0\u000CJXL "u8)) return "a JPEG XL";
        if (bytes.StartsWith("8BPS"u8)) return "a Photoshop file";
        if (bytes.StartsWith("%PDF"u8)) return "a PDF";
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return "a gzip file";
        if (bytes.StartsWith("PK\u0003\u0004"u8)) return "a zip file";
        if (!bytes.ContainsAnyExcept((byte)0)) return "nothing but zero bytes";
        return bytes.TrimStart(" \t\r\n"u8).StartsWith("<"u8) ? "HTML or XML" : null;
    }
}
