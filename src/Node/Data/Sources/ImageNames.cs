using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>Which files are taken for images: by the end of their names, in any case.</summary>
internal static class ImageNames
{
    /// <summary>The extensions, for messages.</summary>
    public const string Extensions = ".jpg, .jpeg, .png or .webp";

    private static readonly string[] s_extensions = [".jpg", ".jpeg", ".png", ".webp"];

    public static bool IsImage(ReadOnlySpan<char> fileName)
    {
        foreach (var extension in s_extensions)
            if (fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    /// <summary>Whether an extension without its dot, as ASCII, is one of an image.</summary>
    public static bool IsImageExtension(ReadOnlySpan<byte> extension)
    {
        foreach (var known in s_extensions)
            if (Ascii.EqualsIgnoreCase(extension, known.AsSpan(1))) return true;
        return false;
    }
}
