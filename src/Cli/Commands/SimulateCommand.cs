using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Lockstep.Cli.Simulate;
using Lockstep.Simulation;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep simulate: step time, exposed communication, goodput and recovery of clusters of any size.</summary>
internal static class SimulateCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static Command Create()
    {
        var nodes = new Option<string>("--nodes") { Description = "Numbers of nodes; '...' doubles.", DefaultValueFactory = _ => "1,2,...,8192,10000" };
        var json = new Option<bool>("--json") { Description = "Settings and predictions as JSON, nothing else." };
        var plot = new Option<string?>("--plot") { Description = "FILE.svg to draw step time, its parts and goodput into." };
        var options = new SimulateOptions();
        plot.Require(file => file!.EndsWith(".svg", StringComparison.OrdinalIgnoreCase), "--plot wants a file that ends in .svg");
        nodes.Require(text => NodeList.Parse(text).Problem is null, "--nodes wants numbers from 1 to 1000000, such as 1,2,4 or 1,2,...,1024 ('...' doubles)");
        var command = new Command("simulate", """
            Predicts clusters: step time, communication that computing does not hide, goodput under faults. docs/simulate.md is the model.

            Examples:
              lockstep simulate
              lockstep simulate --nodes 1,2,...,256 --parameters 86 --bandwidth 100 --compute 40 --microbatches 1024 --plot cluster.svg
            """) { nodes, json, plot };
        foreach (var option in options.All) command.Add(option);
        command.SetAction(parsed =>
        {
            var (settings, problems) = options.Read(parsed);
            foreach (var problem in problems) Console.Error.WriteLine($"error: {problem}");
            if (problems.Count > 0) return 2;
            var simulator = new Simulator(settings);
            var rows = NodeList.Parse(parsed.GetValue(nodes)!).Nodes.Select(n => (Nodes: n, Prediction: simulator.Predict(n))).ToList();
            var possible = rows.Select(r => r.Prediction).OfType<Prediction>().ToList();
            if (parsed.GetValue(json)) Console.WriteLine(JsonSerializer.Serialize(new { settings, predictions = possible, impossible = rows.Where(r => r.Prediction is null).Select(r => r.Nodes) }, Json));
            else Print(rows, possible, settings);
            if (possible.Count == 0) return 2;
            if (parsed.GetValue(plot) is { } file) File.WriteAllText(file, PredictionPlot.Svg(possible));
            return 0;
        });
        return command;
    }

    private static void Print(List<(int Nodes, Prediction? Prediction)> rows, List<Prediction> possible, SimulationSettings settings)
    {
        foreach (var line in PredictionTable.Lines(rows, settings.Microbatches)) Console.WriteLine(line);
        if (possible.Count == 0) return;
        Console.WriteLine($"\n{PredictionTable.Legend}\n\n{PredictionTable.Conclusion(possible)}");
    }
}
