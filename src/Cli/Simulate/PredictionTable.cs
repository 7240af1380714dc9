using System.Globalization;
using Lockstep.Simulation;
using Lockstep.Simulation.Exchanges;

namespace Lockstep.Cli.Simulate;

/// <summary>Predictions as an aligned table, and in a sentence.</summary>
internal static class PredictionTable
{
    private const double GoodEfficiency = 0.8;
    private static readonly string[] Head = ["nodes", "reducer", "mb/node", "blocks", "step s", "compute s", "exposed s", "other s", "exchange s", "effic. %", "losses/day", "delay s", "goodput %", "restart %"];

    public static IEnumerable<string> Lines(IReadOnlyList<(int Nodes, Prediction? Prediction)> rows, int microbatches)
    {
        var cells = rows.Where(r => r.Prediction is not null).Select(r => Cells(r.Prediction!)).Prepend(Head).ToList();
        var widths = Head.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();
        foreach (var row in cells) yield return string.Join("  ", row.Select((cell, column) => column == 1 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column])));
        foreach (var (nodes, _) in rows.Where(r => r.Prediction is null))
            yield return $"{nodes.ToString(CultureInfo.InvariantCulture).PadLeft(widths[0])}  impossible: more nodes than the {microbatches} microbatches of a step; {nodes - microbatches} would have nothing to compute";
    }

    /// <summary>What the columns that need it mean.</summary>
    public static string Legend =>
        "mb: microbatches; blocks: partial sums a node sends of each slice, at most; exposed: what of the exchange no computing hides; effic.: one node's computing time / (n x step);\n"
        + "delay: of the step in which a node is lost; goodput: fault-free time of the committed steps / real time; restart: goodput of a job that restarts as a whole from checkpoints.";

    public static string Conclusion(IReadOnlyList<Prediction> rows)
    {
        var best = rows.MinBy(r => r.Step.Total)!;
        var last = rows[^1];
        var good = rows.LastOrDefault(r => r.Efficiency >= GoodEfficiency);
        var knee = good is null ? "with none of these numbers of nodes is 80 % of their time computing" : $"up to {good.Nodes} nodes at least 80 % of their time is computing";
        var bound = rows.FirstOrDefault(r => r.Step.Exposed > r.Step.Compute);
        var communication = bound is null ? "" : $", from {bound.Nodes} on a step waits longer for the exchange than it computes";
        var reducers = string.Join(", ", rows.Select((r, i) => (r, i)).Where(x => x.i == 0 || rows[x.i - 1].Step.Reducer != x.r.Step.Reducer)
            .Select(x => $"{NameOf(x.r.Step.Reducer)} from {x.r.Nodes}"));
        return FormattableString.Invariant($"In short: {knee}{communication}; the shortest step is {best.Step.Total:G3} s with {best.Nodes}; fastest reducer: {reducers}; with {last.Nodes} nodes faults leave {100 * last.Run.Goodput:F1} % of the speed, restarting from checkpoints would leave {100 * last.RestartGoodput:F1} %.");
    }

    public static string NameOf(Reducer reducer) => reducer == Reducer.TwoLevel ? "two-level" : reducer.ToString().ToLowerInvariant();

    private static string[] Cells(Prediction p) =>
    [
        Text($"{p.Nodes}"), NameOf(p.Step.Reducer) + (p.Step.Group > 0 ? Text($" of {p.Step.Group}") : ""), Text($"{p.Step.MostMicrobatches}"), Text($"{p.Step.MostBlocks}"),
        Seconds(p.Step.Total), Seconds(p.Step.Compute), Seconds(p.Step.Exposed), Seconds(p.Step.Other), Seconds(p.Step.Exchange), Text($"{100 * p.Efficiency:F1}"),
        Text($"{p.FaultsADay:F2}"), p.Run.LostSeconds > 0 ? Text($"{p.Run.LostSeconds:F2}") : "-", Text($"{100 * p.Run.Goodput:F2}"), Text($"{100 * p.RestartGoodput:F2}"),
    ];

    private static string Seconds(double value) => Text($"{value:F4}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
