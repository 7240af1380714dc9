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

    /// <param name="location">What was opened, for messages.</param>
    /// <param name="root">Folder that the names are relative to.</param>
    /// <exception cref="DataException">A path is too long for the system, here: elsewhere the folder may have a shorter one, so no substitute can be taken.</exception>
    public FileSource(string location, string root, SampleTable table) : base(location, table)
    {
        _folder = Encoding.UTF8.GetBytes(root.EndsWith('/') ? root : root + "/");
        for (var i = 0; i < table.Count; i++)
            if (_folder.Length + table.Names.Utf8(i).Length >= MaxPathBytes)
                throw new DataException($"the path of '{table.Names[i]}' in '{root}' has {_folder.Length + table.Names.Utf8(i).Length:N0} bytes, and the system takes fewer than {MaxPathBytes:N0}. Move the images to a folder with a shorter path, or give them shorter names.");
    }

    /// <summary>Reads a file. Allocates nothing once the buffer is large enough, not even the path.</summary>
    /// <remarks>
    /// A length other than the listed one is a failure of storage: nodes have agreed on the listed sizes, so this node's copy
    /// is not the others', and what is made of it would depend on who reads it.
    /// </remarks>
    public override int Read(int index, ref byte[] buffer)
    {
        var size = SizeToRead(index);
        var name = Table.Names.Utf8(index);
        var length = _folder.Length + name.Length;
        Span<byte> path = stackalloc byte[length + 1];
        _folder.CopyTo(path);
        name.CopyTo(path[_folder.Length..]);
        path[length] = 0;

        SampleBuffer.Reserve(ref buffer, size + 1); // one more shows that the file has grown
        using var file = PosixFile.Open(path);
        var total = 0;
        while (total <= size && file.Read(buffer.AsSpan(total, size + 1 - total)) is var read and > 0) total += read;
        return total == size
            ? size
            : throw new IOException($"it has {(total < size ? $"{total:N0}" : $"more than {size:N0}")} bytes, but had {size:N0} when it was listed; copy it again, or, if it was meant to change, index the images anew (lockstep data index)");
    }
}
