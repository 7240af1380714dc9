using Lockstep.Node.Data.Index;

namespace Lockstep.Node.Data.Sources;

/// <summary>What a path of images names: a folder, a list file or tar shards.</summary>
internal interface IDataPlace
{
    /// <summary>Full path of the data.</summary>
    string Path { get; }

    /// <summary>Where its index lies unless another place is asked for.</summary>
    string IndexPath { get; }

    /// <summary>Looks at every image's name and size.</summary>
    /// <param name="progress">Is told now and then how many were found.</param>
    /// <exception cref="DataException">There are no images, or they cannot be listed.</exception>
    SampleListing List(Action<long>? progress);

    /// <summary>What differs from the moment that the stamps were taken; null if nothing does.</summary>
    string? ChangeSince(IReadOnlyList<IndexStamp> stamps);

    /// <summary>The images, as a table of this place has them.</summary>
    StoredSource Open(SampleTable table);
}
