using System.Globalization;
using System.Text;
using Lockstep.Simulation;

namespace Lockstep.Cli.Simulate;

/// <summary>Predictions over the number of nodes as SVG: step time and its parts, their shares, goodput.</summary>
internal static class PredictionPlot
{
    private const double Width = 900, Left = 76, Right = 24, Gap = 62;
    private const string Compute = "#2a78d6", Exposed = "#d9691e", Other = "#7a7a7a", Ours = "#1b8a4b", Theirs = "#b3263a", Total = "#222222";

    /// <param name="rows">Ascending in nodes, at least one.</param>
    public static string Svg(IReadOnlyList<Prediction> rows)
    {
        var svg = new StringBuilder();
        var x = new LogAxis(rows[0].Nodes, rows[^1].Nodes, Left, Width - Right);
        var top = 40.0;
        top = Times(svg, rows, x, top, 260) + Gap;
        top = Shares(svg, rows, x, top, 130) + Gap;
        top = Goodput(svg, rows, x, top, 170);
        var height = top + 50;
        svg.Append(Text(Left + (Width - Left - Right) / 2, height - 10, "nodes", "middle"));
        return Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"step time and goodput over nodes\"><rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>{svg}</svg>\n");
    }

    private static double Times(StringBuilder svg, IReadOnlyList<Prediction> rows, LogAxis x, double top, double height)
    {
        var parts = rows.SelectMany(r => new[] { r.Step.Compute, r.Step.Exposed, r.Step.Other }).Where(v => v > 0);
        var y = new LogAxis(Math.Max(parts.Min(), rows.Max(r => r.Step.Total) * 1e-6), rows.Max(r => r.Step.Total), top + height, top);
        Frame(svg, rows, x, top, height, "time of a step, seconds (both axes logarithmic)");
        foreach (var tick in y.Decades()) Line(svg, y.Of(tick), Invariant($"{tick:G3}"));
        Draw(svg, rows, x, r => r.Step.Total, y, Total, 3);
        Draw(svg, rows, x, r => r.Step.Compute, y, Compute, 2);
        Draw(svg, rows, x, r => r.Step.Exposed, y, Exposed, 2);
        Draw(svg, rows, x, r => r.Step.Other, y, Other, 2);
        Legend(svg, top, [("step", Total), ("compute", Compute), ("exposed communication", Exposed), ("other", Other)]);
        return top + height;
    }

    private static double Shares(StringBuilder svg, IReadOnlyList<Prediction> rows, LogAxis x, double top, double height)
    {
        double Y(double share) => top + (1 - share) * height;
        Frame(svg, rows, x, top, height, "where a step's time goes, %");
        Band(r => 0, r => r.Step.Compute / r.Step.Total, Compute);
        Band(r => r.Step.Compute / r.Step.Total, r => (r.Step.Compute + r.Step.Exposed) / r.Step.Total, Exposed);
        Band(r => (r.Step.Compute + r.Step.Exposed) / r.Step.Total, r => 1, Other);
        foreach (var tick in new[] { 0.0, 0.5, 1.0 }) Line(svg, Y(tick), Invariant($"{100 * tick:F0}"));
        return top + height;

        void Band(Func<Prediction, double> low, Func<Prediction, double> high, string colour)
        {
            var points = rows.Select(r => Invariant($"{x.Of(r.Nodes):F1},{Y(high(r)):F1}")).Concat(rows.Reverse().Select(r => Invariant($"{x.Of(r.Nodes):F1},{Y(low(r)):F1}")));
            svg.Append(Invariant($"<polygon points=\"{string.Join(' ', points)}\" fill=\"{colour}\" opacity=\".75\"/>"));
        }
    }

    private static double Goodput(StringBuilder svg, IReadOnlyList<Prediction> rows, LogAxis x, double top, double height)
    {
        double Y(double share) => top + (1 - Math.Min(share, 1)) * height;
        Frame(svg, rows, x, top, height, "goodput under faults, %");
        foreach (var tick in new[] { 0.0, 0.25, 0.5, 0.75, 1.0 }) Line(svg, Y(tick), Invariant($"{100 * tick:F0}"));
        svg.Append(Path(rows.Select(r => (x.Of(r.Nodes), Y(r.RestartGoodput))), Theirs, 2));
        svg.Append(Path(rows.Select(r => (x.Of(r.Nodes), Y(r.Run.Goodput))), Ours, 3));
        Legend(svg, top, [("Lockstep", Ours), ("restart from checkpoints", Theirs)]);
        return top + height;
    }

    private static void Frame(StringBuilder svg, IReadOnlyList<Prediction> rows, LogAxis x, double top, double height, string title)
    {
        svg.Append(Text(Left, top - 12, title, "start"));
        var free = double.PositiveInfinity; // the last number is always written; others where there is room
        foreach (var row in rows.Reverse().Select(r => r.Nodes))
        {
            var at = x.Of(row);
            svg.Append(Invariant($"<path d=\"M{at:F1} {top}V{top + height}\" stroke=\"#000\" opacity=\".08\"/>"));
            var label = row.ToString(CultureInfo.InvariantCulture);
            if (at + 4.0 * label.Length > free) continue;
            svg.Append(Text(at, top + height + 18, label, "middle"));
            free = at - 4.0 * label.Length - 6;
        }
    }

    private static void Line(StringBuilder svg, double y, string label) =>
        svg.Append(Invariant($"<path d=\"M{Left} {y:F1}H{Width - Right}\" stroke=\"#000\" opacity=\".15\"/>")).Append(Text(Left - 8, y + 4, label, "end"));

    private static void Legend(StringBuilder svg, double top, (string Name, string Colour)[] entries)
    {
        var right = Width - Right;
        foreach (var (name, colour) in entries.Reverse())
        {
            right -= 7.2 * name.Length;
            svg.Append(Text(right, top - 12, name, "start"));
            svg.Append(Invariant($"<path d=\"M{right - 28:F1} {top - 16}h22\" stroke=\"{colour}\" stroke-width=\"4\"/>"));
            right -= 44;
        }
    }

    // What is zero has no place on a logarithmic axis.
    private static void Draw(StringBuilder svg, IReadOnlyList<Prediction> rows, LogAxis x, Func<Prediction, double> value, LogAxis y, string colour, double width) =>
        svg.Append(Path(rows.Where(r => value(r) >= y.Low).Select(r => (x.Of(r.Nodes), y.Of(value(r)))), colour, width));

    private static string Path(IEnumerable<(double X, double Y)> points, string colour, double width)
    {
        var list = points.ToList();
        var dots = string.Concat(list.Select(p => Invariant($"<circle cx=\"{p.X:F1}\" cy=\"{p.Y:F1}\" r=\"{width + 0.5}\" fill=\"{colour}\"/>")));
        return Invariant($"<polyline points=\"{string.Join(' ', list.Select(p => Invariant($"{p.X:F1},{p.Y:F1}")))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"/>{dots}");
    }

    private static string Text(double x, double y, string text, string anchor) =>
        Invariant($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"#222\">{text}</text>");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
