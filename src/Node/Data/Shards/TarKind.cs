namespace Lockstep.Node.Data.Shards;

/// <summary>What a header block of a tar says follows.</summary>
internal enum TarKind
{
    /// <summary>Not a header: the checksum or a number is wrong.</summary>
    Damaged,

    /// <summary>A block of zeros: nothing follows.</summary>
    End,

    /// <summary>A file, with its bytes.</summary>
    File,

    /// <summary>A file with holes, in GNU's old form: a map of them may stand between header and bytes.</summary>
    Sparse,

    /// <summary>The name of the next member, of any length (GNU).</summary>
    LongName,

    /// <summary>Records about the next member (POSIX pax).</summary>
    Pax,

    /// <summary>A folder, link or device: no bytes, whatever the size says.</summary>
    Empty,

    /// <summary>Something else that has bytes.</summary>
    Other,
}
