using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>
/// Images that are a file each: of a folder, as torchvision's ImageFolder sees it (one folder a class, at any depth below
/// it; a folder with images directly in it has no classes), or of a list.
/// </summary>
internal sealed class FileSource : StoredSource
{
    private const int MaxPathBytes = 4096; // PATH_MAX of Linux, with the NUL
    private readonly byte[] _folder;

    /// <param name="root">Folder that the names are relative to.</param>
    public FileSource(string root, SampleTable table) : base(table) =>
        _folder = Encoding.UTF8.GetBytes(root.EndsWith('/') ? root : root + "/");

    /// <summary>Reads a file. Allocates nothing once the buffer is large enough, not even the path.</summary>
    public override int Read(int index, ref byte[] buffer)
    {
        var name = Table.Names.Utf8(index);
        var length = _folder.Length + name.Length;
        if (length >= MaxPathBytes) throw new IOException($"the path has {length:N0} bytes, more than the system allows");
        Span<byte> path = stackalloc byte[length + 1];
        _folder.CopyTo(path);
        name.CopyTo(path[_folder.Length..]);
        path[length] = 0;

        RefuseLarge(Table.Sizes[index]);
        Grow(ref buffer, Table.Sizes[index] + 1L); // one more: a full buffer could be a file that has grown
        using var file = PosixFile.Open(path);
        var total = 0;
        while (file.Read(buffer.AsSpan(total)) is var read and > 0)
        {
            total += read;
            if (total < buffer.Length) continue;
            RefuseLarge(total + 1L);
            var smaller = buffer;
            Grow(ref buffer, total + 1L);
            smaller.CopyTo(buffer, 0);
        }
        return total;
    }
}
