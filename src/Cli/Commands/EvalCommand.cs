using System.CommandLine;
using System.Globalization;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep eval knn: how well a frozen backbone's features tell classes apart.</summary>
internal static class EvalCommand
{
    public static Command Create()
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = WeightsOptions.Argument };
        var weights = new WeightsOptions();
        var train = new Option<string>("--train") { Description = "Labelled images that vote: one folder a class.", Required = true };
        var test = new Option<string>("--test") { Description = "Labelled images to classify.", Required = true };
        var neighbours = new Option<int?>("--k") { Description = "Neighbours that vote; the recipe's (20) when not given." };
        var section = new Option<string>("--network") { Description = "teacher or student.", DefaultValueFactory = _ => "teacher" };
        section.AcceptOnlyFromAmong("teacher", "student");
        neighbours.Require(k => k >= 1, "--k must be a number, at least 1");
        var knn = new Command("knn", """
            Weighted k-nearest-neighbour classification with frozen features. The last line is the result: k=20 top1=NN.N

            Examples:
              lockstep eval knn runs/dino-cifar10 --train cifar10/train --test cifar10/test
              lockstep eval knn dino_deitsmall16_pretrain.pth --train imagenet/train --test imagenet/val
            """) { checkpoint, train, test, neighbours, section };
        weights.AddTo(knn);
        knn.SetAction(parsed =>
        {
            using var model = LoadedModel.FromCheckpoint(parsed.GetValue(checkpoint)!, parsed.GetValue(section)!, weights.Of(parsed));
            var k = parsed.GetValue(neighbours) ?? model.Recipe.Evaluation.Neighbours;
            using var bank = model.Images(parsed.GetValue(train)!);
            using var queries = model.Images(parsed.GetValue(test)!);
            Console.WriteLine($"{model.Description}: {bank.Count} images vote on {queries.Count}, {bank.Classes.Count} classes");
            var score = KnnScore.Of(model.Extractor, bank, queries, model.Recipe.Evaluation, k, message => Console.Error.WriteLine($"warning: left out {message}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"k={k} top5={100 * score.Top5:F1}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"k={k} top1={100 * score.Top1:F1}"));
            return 0;
        });
        return new Command("eval", "Evaluates a checkpoint.") { knn };
    }
}
