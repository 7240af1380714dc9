using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Linear;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep eval linear: a linear classifier on frozen features.</summary>
internal static class EvalLinearCommand
{
    // Half decades around what eval_linear.py takes for ViTs (0.001) and what a ResNet needs (0.3 at a batch of 256).
    private static readonly double[] s_sweep = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3];

    public static Command Create()
    {
        var defaults = new LinearOptions();
        var network = new NetworkOptions();
        var train = new Option<string>("--train") { Description = "Labelled images to learn from: one folder a class.", Required = true };
        var test = new Option<string>("--test") { Description = "Labelled images to test on.", Required = true };
        var epochs = new Option<int>("--epochs") { Description = "Passes over the training images.", DefaultValueFactory = _ => defaults.Epochs };
        var batch = new Option<int>("--batch") { Description = "Images a step.", DefaultValueFactory = _ => defaults.BatchSize };
        var rate = new Option<double>("--lr") { Description = "Learning rate; multiplied by batch / 256.", DefaultValueFactory = _ => defaults.Rates[0] };
        var sweep = new Option<double[]?>("--lr-sweep") { Description = $"Several learning rates side by side: those given, or {string.Join(' ', s_sweep.Select(Number))}.", AllowMultipleArgumentsPerToken = true, Arity = ArgumentArity.ZeroOrMore };
        var blocks = new Option<int?>("--blocks") { Description = "Last blocks of a ViT whose class tokens are the features; 4 when not given, or all of a network that has fewer." };
        var average = new Option<bool>("--avgpool") { Description = "Adds the mean of the last block's patch tokens to the features (the original does for ViT-B, with --blocks 1)." };
        var augment = new Option<bool>("--augment") { Description = "New random views of the training images in every epoch, as the original does: every epoch then takes as long as all features do otherwise." };
        var seed = new Option<ulong>("--seed") { Description = "Key of all chance.", DefaultValueFactory = _ => defaults.Seed };
        epochs.Require(n => n >= 1, "--epochs must be a number, at least 1");
        batch.Require(n => n >= 1, "--batch must be a number, at least 1");
        rate.Require(r => r > 0 && double.IsFinite(r), "--lr must be a positive number");
        sweep.Require(rates => rates!.All(r => r > 0 && double.IsFinite(r)), "--lr-sweep wants positive numbers");
        blocks.Require(n => n >= 1, "--blocks must be a number, at least 1");
        var command = new Command("linear", """
            Trains a linear classifier on frozen features and tests it after every epoch. Unless --augment is given, features are
            computed once, from the centre of each image. The last line is the result: lr=R epoch=E top1=NN.N

            Examples:
              lockstep eval linear runs/dino-cifar10 --train cifar10/train --test cifar10/test --lr-sweep
              lockstep eval linear dino_vitbase16_pretrain.pth --blocks 1 --avgpool --augment --train imagenet/train --test imagenet/val
            """) { train, test, epochs, batch, rate, sweep, blocks, average, augment, seed };
        network.AddTo(command);
        command.Validators.Add(result =>
        {
            if (Given(result, sweep) && Given(result, rate)) result.AddError("--lr and --lr-sweep exclude each other: name the learning rates behind --lr-sweep");
        });
        command.SetAction(parsed =>
        {
            using var model = network.Load(parsed);
            double[] rates = parsed.GetResult(sweep) is null ? [parsed.GetValue(rate)] : parsed.GetValue(sweep) is { Length: > 0 } given ? given : s_sweep;
            var options = new LinearOptions { Epochs = parsed.GetValue(epochs), BatchSize = parsed.GetValue(batch), Rates = [.. rates.Distinct()], Seed = parsed.GetValue(seed) };
            var input = ProbeInput.Of(model.Extractor, parsed.GetValue(blocks), parsed.GetValue(average));
            Run(model, parsed.GetValue(train)!, parsed.GetValue(test)!, options, input, parsed.GetValue(augment));
            return 0;
        });
        return command;
    }

    private static bool Given(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private static void Run(LoadedModel model, string train, string test, LinearOptions options, ProbeInput input, bool augment)
    {
        using var learned = model.Images(train);
        using var tested = model.Images(test);
        learned.RequireSameClasses(tested);
        Console.WriteLine($"{model.Description}: {learned.Count} images to learn from, {tested.Count} to test on, {learned.Classes.Count} classes; features: {input.Description}");
        Console.WriteLine(augment ? "training features are computed anew in every epoch, from random views" : "training features are computed once, from the centre of each image; --augment takes random views in every epoch");
        var batchSize = model.Recipe.Evaluation.BatchSize;
        FeatureSet features;
        IProbeBatches batches;
        using var views = new CountLine("views of the epoch", learned.Count);
        using (var line = new CountLine("images read", (augment ? 0 : learned.Count) + tested.Count))
        {
            features = FeatureReader.Read(tested, batchSize, input.Features, LoadedModel.LeftOut, line.Show);
            batches = augment
                ? new AugmentedBatches(learned, input.Features, batchSize, options.Seed, LoadedModel.LeftOut, views.Show)
                : new CachedBatches(FeatureReader.Read(learned, batchSize, input.Features, LoadedModel.LeftOut, n => line.Show(tested.Count + n)));
        }
        var scores = LinearEvaluation.Run(batches, features, learned.Classes.Count, options, epoch =>
        {
            views.Clear();
            Console.WriteLine(Line(epoch, options));
        });
        Report(scores);
    }

    private static string Line(LinearEpoch epoch, LinearOptions options)
    {
        var best = epoch.Best;
        var of = options.Rates.Count > 1 ? $"  lr {Number(options.Rates[best])}" : "";
        return Invariant($"epoch {epoch.Epoch}/{options.Epochs}{of}  loss {epoch.Loss[best]:F4}  top1 {100 * epoch.Top1[best]:F1}  top5 {100 * epoch.Top5[best]:F1}");
    }

    private static void Report(IReadOnlyList<LinearScore> scores)
    {
        if (scores.Count > 1)
        {
            Console.WriteLine("        lr  last top1  best top1   top5  epoch");
            foreach (var score in scores)
                Console.WriteLine(Invariant($"{Number(score.Rate),10} {100 * score.LastTop1,10:F1} {100 * score.Top1,10:F1} {100 * score.Top5,6:F1} {score.BestEpoch,6}{(score.Diverged ? "  diverged" : "")}"));
        }
        if (scores.All(s => s.Diverged)) throw new DataException("the classifier diverged: give a smaller learning rate with --lr");
        var best = scores.MaxBy(s => s.Top1)!;
        Console.WriteLine(Invariant($"lr={Number(best.Rate)} epoch={best.BestEpoch} top5={100 * best.Top5:F1}"));
        Console.WriteLine(Invariant($"lr={Number(best.Rate)} epoch={best.BestEpoch} top1={100 * best.Top1:F1}"));
    }

    private static string Number(double rate) => rate.ToString("0.###############", CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
