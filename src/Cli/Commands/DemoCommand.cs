using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Lockstep.Cli.Demo;
using Lockstep.Cli.Recipes;
using Lockstep.Node.Checkpoints;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep demo: everything once, small: images, training on two nodes, k-NN, pictures, a report.</summary>
internal static class DemoCommand
{
    private const string RecipeName = "dino-demo";
    private const int TrainPerClass = 160, TestPerClass = 40, ImageSize = 48;

    // What the recipe's own number of steps takes on two cores; --minutes scales the steps, so a run stays reproducible.
    private const double RecipeMinutes = 1.5;

    public static Command Create()
    {
        var folder = new Option<string>("--folder") { Description = "Folder for images, run, pictures and report.", DefaultValueFactory = _ => "runs/demo" };
        var nodes = new Option<int>("--nodes") { Description = "Node processes.", DefaultValueFactory = _ => 2 };
        var minutes = new Option<double>("--minutes") { Description = "About how long to train on two cores.", DefaultValueFactory = _ => RecipeMinutes };
        var seed = new Option<ulong>("--seed") { Description = "Key of all chance in training.", DefaultValueFactory = _ => 0 };
        nodes.Require(n => n is >= 1 and <= 4, "--nodes must be a number between 1 and 4");
        minutes.Require(m => m is > 0 and <= 10_000, "--minutes must be a positive number");
        var command = new Command("demo", """
            Makes 2,000 images, trains DINO on them with a coordinator and two nodes, scores it and writes a report.

            Examples:
              lockstep demo
              lockstep demo --minutes 10 --folder runs/longer
            """) { folder, nodes, minutes, seed };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(folder)!, parsed.GetValue(nodes), parsed.GetValue(minutes), parsed.GetValue(seed)));
        return command;
    }

    private static async Task<int> RunAsync(string folder, int nodes, double minutes, ulong seed)
    {
        var started = Stopwatch.GetTimestamp();
        Console.WriteLine("1 of 4  images");
        var samples = Path.Combine(folder, "samples");
        SamplesCommand.Write(samples, TrainPerClass, TestPerClass, seed: 0, ImageSize);
        var recipe = LoadRecipe(folder, samples, minutes, seed);
        if (new CheckpointStore(recipe.Run.Folder).Latest(_ => { }) is { } earlier && earlier.Manifest.RecipeHash != recipe.Hash)
            throw new RecipeException($"'{folder}' holds a demo of other settings (--seed, --minutes or another version); give this one its own folder with --folder");

        Console.WriteLine("2 of 4  before training: k-NN accuracy of the pixels and of the untrained network");
        using var initial = LoadedModel.Initial(recipe, 10 * TrainPerClass);
        using var bank = initial.Images(recipe.Data.Train);
        using var queries = initial.Images(recipe.Data.Test);
        var pixels = KnnEvaluation.OfPixels(bank, queries, recipe.Evaluation, LoadedModel.LeftOut);
        var before = KnnEvaluation.Of(initial.Extractor, bank, queries, recipe.Evaluation, [recipe.Evaluation.Neighbours], LoadedModel.LeftOut)[0];
        Console.WriteLine(Invariant($"        pixels {100 * pixels.Top1:F1} %   untrained {100 * before.Top1:F1} %   chance {100.0 / bank.Classes.Count:F1} %"));

        Console.WriteLine("3 of 4  training (labels are not used)");
        var status = await TrainCommand.RunAsync(recipe, nodes);
        if (status != 0) return status;

        Console.WriteLine("4 of 4  after training");
        using var trained = LoadedModel.FromCheckpoint(recipe.Run.Folder, "teacher");
        var after = KnnEvaluation.Of(trained.Extractor, bank, queries, recipe.Evaluation, [recipe.Evaluation.Neighbours], LoadedModel.LeftOut)[0];
        var pictures = Directory.CreateDirectory(Path.Combine(folder, "pictures")).FullName;
        VisualizeAttentionCommand.Write(initial, queries, Path.Combine(pictures, "attention-untrained.png"), 10);
        VisualizeAttentionCommand.Write(trained, queries, Path.Combine(pictures, "attention-trained.png"), 10);
        ContactSheet.Write(Path.Combine(pictures, "samples.png"), queries, columns: 10);
        var scores = new DemoScores(pixels, before, after, 1.0 / bank.Classes.Count);
        var report = Path.Combine(folder, "report.html");
        var elapsed = Stopwatch.GetElapsedTime(started);
        await File.WriteAllTextAsync(report, DemoReport.Html(recipe, scores, MetricsLog.Read(recipe.Run.Folder), pictures));
        Console.WriteLine(Invariant($"        k-NN accuracy (k={recipe.Evaluation.Neighbours}): trained {100 * after.Top1:F1} %, untrained {100 * before.Top1:F1} %, pixels {100 * pixels.Top1:F1} %, chance {100 * scores.Chance:F1} %"));
        if (pixels.Top1 > after.Top1) Console.WriteLine("        raw pixels do better on pictures of this size; the report says what this shows and what it does not");
        Console.WriteLine($"        report: {report} (open it in a browser), {elapsed.TotalMinutes.ToString("F1", CultureInfo.InvariantCulture)} minutes in all");
        return 0;
    }

    private static TrainingRecipe LoadRecipe(string folder, string samples, double minutes, ulong seed)
    {
        var steps = RecipeLoader.Load(RecipeName, ["Run:Folder=unused"]).Run.Steps;
        return RecipeLoader.Load(RecipeName,
        [
            $"Run:Folder={Path.Combine(folder, "training")}",
            $"Run:Seed={seed}",
            $"Run:Steps={Math.Max(1, (long)Math.Round(steps * minutes / RecipeMinutes))}",
            $"Data:Train={Path.Combine(samples, "train")}",
            $"Data:Test={Path.Combine(samples, "test")}",
        ]);
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
