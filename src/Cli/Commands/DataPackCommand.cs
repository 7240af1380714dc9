using System.CommandLine;
using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Node.Data.Shards;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data pack: many small files become few large ones.</summary>
internal static class DataPackCommand
{
    public static Command Create()
    {
        var data = DataCommand.Argument();
        var folder = new Argument<string>("FOLDER") { Description = "Folder for the shards: empty, or one that this was packed into before." };
        var samples = new Option<int>("--samples-per-shard") { Description = "Images a shard at most.", DefaultValueFactory = _ => 10_000 };
        var mebibytes = new Option<int>("--shard-mib") { Description = "Length of a shard at most, MiB; 0: no limit.", DefaultValueFactory = _ => 0 };
        samples.Require(n => n >= 1, "--samples-per-shard must be a number, at least 1");
        mebibytes.Require(n => n >= 0, "--shard-mib must be a number, at least 0");
        var command = new Command("pack", """
            Packs images into tar shards, in their order (WebDataset naming, uncompressed), and writes their index. With
            Data:Order=permutation a run on the shards is the run on the files, bit for bit; by itself it goes through them shard by
            shard. Stopped and started again, packing goes on with the shards that are missing.

            Example:
              lockstep data pack imagenet/train imagenet/shards --samples-per-shard 10000
            """) { data, folder, samples, mebibytes };
        command.SetAction(parsed => Run(
            parsed.GetValue(data)!, parsed.GetValue(folder)!, new PackOptions(parsed.GetValue(samples), (long)parsed.GetValue(mebibytes) << 20)));
        return command;
    }

    private static int Run(string data, string folder, PackOptions options)
    {
        using var interrupt = new Interrupt();
        try
        {
            StoredSource source;
            using (var line = new CountLine("images listed"))
                source = SampleSource.Open(data, warning => Console.Error.WriteLine($"warning: {warning}"), Unless(line.Show, interrupt.Token));
            PackResult result;
            using (var line = new CountLine("images packed", source.Count))
                result = ShardPacker.Pack(source, folder, options, line.Show, interrupt.Token);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{folder}: {result.Shards} shard{(result.Shards == 1 ? "" : "s")}, {result.Bytes / 1e6:F1} MB, {result.Written} written now"));
            if (result.Renamed > 0)
                Console.WriteLine($"{result.Renamed} images are called otherwise inside the shards, since WebDataset reads a name only up to its first dot: {string.Join(", ", result.RenamedExamples)}{(result.Renamed > result.RenamedExamples.Count ? ", ..." : "")}");
            Console.WriteLine(DataIndexCommand.Describe(result.Data));
            return 0;
        }
        catch (OperationCanceledException)
        {
            Console.WriteLine("stopped; run the same command again to go on");
            return Interrupt.Status;
        }
    }

    private static Action<long> Unless(Action<long> show, CancellationToken stop) => count =>
    {
        stop.ThrowIfCancellationRequested();
        show(count);
    };
}
