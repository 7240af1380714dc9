using System.CommandLine;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data: what is done with images before training.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Checks, counts, indexes and packs images. DATA is a folder of images, a list (.txt), a tar shard, shards as name-{000000..000146}.tar or a folder of shards.")
    {
        DataCheckCommand.Create(),
        DataStatsCommand.Create(),
        DataIndexCommand.Create(),
        DataPackCommand.Create(),
    };

    /// <summary>The images that a command is about.</summary>
    internal static Argument<string> Argument() => new("DATA") { Description = "Folder of images, list, shard, shards by a pattern, or folder of shards." };

    /// <summary>Opens them; what is odd about them goes to stderr.</summary>
    internal static StoredSource Open(string path) => SampleSource.Open(path, warning => Console.Error.WriteLine($"warning: {warning}"));
}
