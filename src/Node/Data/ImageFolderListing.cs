using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace Lockstep.Node.Data;

/// <summary>What is in an image folder: names in order, and the fingerprint over names and sizes.</summary>
internal sealed record ImageFolderListing(string Root, string[] Names, string Fingerprint)
{
    private static readonly string[] s_extensions = [".jpg", ".jpeg", ".png", ".webp"];

    private const string Layout =
        "Expected: images ending in .jpg, .jpeg, .png or .webp (any case), as <folder>/<class>/<image>.jpg or <folder>/<image>.jpg.";

    // Links are followed; a loop of links ends here.
    private static readonly EnumerationOptions s_options = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 16,
        IgnoreInaccessible = false,
    };

    /// <exception cref="DataException">There is no such folder, it cannot be listed or it holds no images.</exception>
    public static ImageFolderListing Read(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new DataException($"No image folder is given. {Layout}");
        var root = Path.GetFullPath(path);
        if (!Directory.Exists(root)) throw new DataException($"There is no image folder '{root}'. {Layout}");
        try
        {
            var files = Enumerate(root).ToArray();
            if (files.Length == 0) throw new DataException($"The folder '{root}' has no images. {Layout}");
            Array.Sort(files, (a, b) => string.CompareOrdinal(a.Name, b.Name));
            return new ImageFolderListing(root, Array.ConvertAll(files, f => f.Name), Hash(files));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"The image folder '{root}' cannot be listed: {e.Message} Give this user the right to read it.", e);
        }
    }

    private static FileSystemEnumerable<(string Name, long SizeBytes)> Enumerate(string root) => new(root, Entry, s_options)
    {
        ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && IsImage(entry.FileName),
    };

    private static bool IsImage(ReadOnlySpan<char> fileName)
    {
        foreach (var extension in s_extensions)
            if (fileName.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static (string Name, long SizeBytes) Entry(ref FileSystemEntry entry)
    {
        var full = entry.ToFullPath();
        var isLink = (entry.Attributes & FileAttributes.ReparsePoint) != 0;
        return (Path.GetRelativePath(entry.RootDirectory.ToString(), full), isLink ? TargetSize(full) : entry.Length);
    }

    // A dangling link is listed, with no bytes: it will be a broken sample, not a failed start.
    private static long TargetSize(string link) =>
        File.ResolveLinkTarget(link, returnFinalTarget: true) is FileInfo { Exists: true } target ? target.Length : 0;

    private static string Hash((string Name, long SizeBytes)[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, sizeBytes) in files) hash.AppendData(Encoding.UTF8.GetBytes($"{name}\0{sizeBytes}\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
