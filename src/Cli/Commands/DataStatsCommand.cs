using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Cli.Data;
using Lockstep.Cli.Launch;
using Lockstep.Node.Data.Inspection;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep data stats: what a dataset is like.</summary>
internal static class DataStatsCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    internal static Command Create()
    {
        var source = DataCommand.Argument();
        var json = new Option<string?>("--json") { Description = "FILE to write the same numbers into, as JSON." };
        var sample = new Option<int>("--sample") { Description = "Images to decode for colours and speed, drawn by the seed.", DefaultValueFactory = _ => 2000 };
        var seed = new Option<ulong>("--seed") { Description = "Key of the draw.", DefaultValueFactory = _ => 0 };
        var threads = new Option<int>("--threads") { Description = "Images read at a time; the numbers do not depend on it.", DefaultValueFactory = _ => Environment.ProcessorCount };
        sample.Require(n => n >= 0, "--sample must be a number, at least 0");
        threads.Require(n => n is >= 1 and <= 1024, "--threads must be a number between 1 and 1024");
        var command = new Command("stats", """
            Counts a dataset: files, formats, classes, sizes; means and deviations of the colours; speed of decoding.

            Example:
              lockstep data stats photos/train --json stats.json
            """) { source, json, sample, seed, threads };
        command.SetAction(parsed => Run(parsed.GetValue(source)!, parsed.GetValue(json), parsed.GetValue(sample), parsed.GetValue(seed), parsed.GetValue(threads)));
        return command;
    }

    private static int Run(string path, string? json, int sample, ulong seed, int threads)
    {
        var source = DataCommand.Open(path);
        using var interrupt = new Interrupt();
        var line = new InspectionLine();
        DatasetStats stats;
        try
        {
            stats = new DatasetSurvey(source, sample, seed, threads).Run(line.Show, interrupt.Token);
        }
        catch (OperationCanceledException)
        {
            line.End();
            Console.Error.WriteLine("stopped; nothing is said of a part of the images");
            return Interrupt.Status;
        }
        line.End();
        Console.WriteLine(path);
        foreach (var row in StatsTable.Lines(stats, seed)) Console.WriteLine(row);
        if (json is not null) File.WriteAllText(json, JsonSerializer.Serialize(stats, Json) + "\n");
        return 0;
    }
}
