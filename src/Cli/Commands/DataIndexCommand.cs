using System.CommandLine;
using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data index: images are listed once, not at every start.</summary>
internal static class DataIndexCommand
{
    public static Command Create()
    {
        var data = DataCommand.Argument();
        var output = new Option<string?>("--output") { Description = $"File to write, ending in {SampleSource.IndexExtension}; give it for the data then. Otherwise the index lies beside the data and is found there." };
        output.Require(path => path!.EndsWith(SampleSource.IndexExtension, StringComparison.Ordinal), $"--output must end in {SampleSource.IndexExtension}");
        var command = new Command("index", """
            Lists images and keeps what was found in one file, so that a start takes a second instead of a look at each of a
            million files. An index that is not true any more (files came, went or changed place) is noticed and passed over.

            Examples:
              lockstep data index imagenet/train
              lockstep data index /read-only/imagenet/train --output indexes/train.lockstep-index
            """) { data, output };
        command.SetAction(parsed =>
        {
            IndexedData indexed;
            using (var line = new CountLine("images listed")) indexed = SampleSource.Index(parsed.GetValue(data)!, parsed.GetValue(output), line.Show);
            Console.WriteLine(Describe(indexed));
            return 0;
        });
        return command;
    }

    internal static string Describe(IndexedData indexed) => string.Create(CultureInfo.InvariantCulture,
        $"{indexed.IndexPath}: {indexed.Source.Count:N0} images, {indexed.Source.Classes.Count:N0} classes, {indexed.Source.ShardStarts.Count:N0} shard{(indexed.Source.ShardStarts.Count == 1 ? "" : "s")}, fingerprint {indexed.Source.Fingerprint[..12]}, {indexed.IndexBytes / 1e6:F1} MB");
}
