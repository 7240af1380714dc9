using System.CommandLine;
using System.Globalization;
using Lockstep.Cli.Launch;
using Lockstep.Node.Evaluation;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep eval knn: weighted votes of the nearest training images, for several k in one pass.</summary>
internal static class EvalKnnCommand
{
    // What DINO's eval_knn.py reports.
    private static readonly int[] s_reference = [10, 20, 100, 200];

    public static Command Create()
    {
        var network = new NetworkOptions();
        var train = new Option<string>("--train") { Description = "Labelled images that vote: one folder a class.", Required = true };
        var test = new Option<string>("--test") { Description = "Labelled images to classify.", Required = true };
        var neighbours = new Option<int[]>("--k") { Description = "How many vote, one number or several; the first is the result. When not given: 10, 20, 100, 200, and the recipe's (20) is the result.", AllowMultipleArgumentsPerToken = true };
        var temperature = new Option<double?>("--temperature") { Description = "A vote weighs exp(similarity / temperature); the recipe's (0.07) when not given." };
        neighbours.Require(ks => ks.All(k => k >= 1), "--k must be numbers, at least 1");
        temperature.Require(t => t > 0, "--temperature must be a positive number");
        var knn = new Command("knn", """
            Weighted k-nearest-neighbour classification with frozen features. The last line is the result: k=20 top1=NN.N

            Examples:
              lockstep eval knn runs/dino-cifar10 --train cifar10/train --test cifar10/test
              lockstep eval knn dino_deitsmall16_pretrain.pth --train imagenet/train --test imagenet/val
            """) { train, test, neighbours, temperature };
        network.AddTo(knn);
        knn.SetAction(parsed =>
        {
            using var model = network.Load(parsed);
            var given = parsed.GetValue(neighbours) ?? [];
            Run(model, parsed.GetValue(train)!, parsed.GetValue(test)!, given, parsed.GetValue(temperature));
            return 0;
        });
        return knn;
    }

    private static void Run(LoadedModel model, string train, string test, int[] given, double? temperature)
    {
        var options = model.Recipe.Evaluation with { Temperature = temperature ?? model.Recipe.Evaluation.Temperature };
        var result = given.Length > 0 ? given[0] : options.Neighbours;
        int[] wanted = given.Length > 0 ? given : [.. s_reference.Append(result).Distinct().Order()];
        using var bank = model.Images(train);
        using var queries = model.Images(test);
        Console.WriteLine($"{model.Description}: {bank.Count} images vote on {queries.Count}, {bank.Classes.Count} classes");
        IReadOnlyList<KnnScore> scores;
        using (var line = new CountLine("images read", bank.Count + queries.Count))
            scores = KnnEvaluation.Of(model.Extractor, bank, queries, options, wanted, LoadedModel.LeftOut, line.Show, model.Device);

        var most = scores.Max(s => s.Neighbours);
        if (most < wanted.Max()) Console.WriteLine($"only {most} images vote: k is {most} where it was to be more");
        var best = scores.First(s => s.Neighbours == Math.Min(result, most));
        if (scores.Count > 1)
        {
            Console.WriteLine("     k   top1   top5");
            foreach (var score in scores.OrderBy(s => s.Neighbours))
                Console.WriteLine(Invariant($"{score.Neighbours,6} {100 * score.Top1,6:F1} {100 * score.Top5,6:F1}"));
        }
        Console.WriteLine(Invariant($"k={best.Neighbours} top5={100 * best.Top5:F1}"));
        Console.WriteLine(Invariant($"k={best.Neighbours} top1={100 * best.Top1:F1}"));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
