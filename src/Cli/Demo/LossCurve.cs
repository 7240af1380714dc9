using System.Globalization;
using System.Text;

namespace Lockstep.Cli.Demo;

/// <summary>A loss curve as SVG: every step faint, the mean of a window strong.</summary>
internal static class LossCurve
{
    private const double Width = 900, Height = 320, Left = 56, Right = 10, Top = 10, Bottom = 36;

    public static string Svg(IReadOnlyList<(long Step, double Loss)> points, double uniformLoss)
    {
        var (low, high) = (Math.Min(points.Min(p => p.Loss), uniformLoss), Math.Max(points.Max(p => p.Loss), uniformLoss));
        (low, high) = (low - 0.05 * (high - low) - 1e-6, high + 0.05 * (high - low) + 1e-6);
        var last = Math.Max(points[^1].Step, 2);
        double X(double step) => Left + (step - 1) / (last - 1) * (Width - Left - Right);
        double Y(double loss) => Top + (high - loss) / (high - low) * (Height - Top - Bottom);

        var svg = new StringBuilder(Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\" aria-label=\"loss over steps\" fill=\"none\" stroke=\"currentColor\" font-size=\"13\">"));
        for (var tick = 0; tick <= 4; tick++)
        {
            var loss = low + (high - low) * tick / 4;
            var step = 1 + (last - 1) * tick / 4.0;
            svg.Append(Invariant($"<path d=\"M{Left} {Y(loss):F1}H{Width - Right}\" opacity=\".15\"/><text x=\"{Left - 8}\" y=\"{Y(loss) + 4:F1}\" text-anchor=\"end\" fill=\"currentColor\" stroke=\"none\">{loss:F2}</text>"));
            svg.Append(Invariant($"<text x=\"{X(step):F1}\" y=\"{Height - 16}\" text-anchor=\"{(tick == 4 ? "end" : "middle")}\" fill=\"currentColor\" stroke=\"none\">{step:F0}</text>"));
        }
        svg.Append(Invariant($"<path d=\"M{Left} {Y(uniformLoss):F1}H{Width - Right}\" stroke-dasharray=\"6 5\" opacity=\".6\"/>"));
        svg.Append(Line(points.Select(p => (X(p.Step), Y(p.Loss))), "#2a78d6", 1, 0.3));
        svg.Append(Line(Smooth(points).Select(p => (X(p.Step), Y(p.Loss))), "#2a78d6", 2.5, 1));
        return svg.Append("</svg>").ToString();
    }

    private static string Line(IEnumerable<(double X, double Y)> points, string colour, double width, double opacity) => Invariant(
        $"<polyline points=\"{string.Join(' ', points.Select(p => Invariant($"{p.X:F1},{p.Y:F1}")))}\" stroke=\"{colour}\" stroke-width=\"{width}\" opacity=\"{opacity}\"/>");

    private static IEnumerable<(long Step, double Loss)> Smooth(IReadOnlyList<(long Step, double Loss)> points)
    {
        var window = Math.Max(1, points.Count / 40);
        return points.Select((p, i) => (p.Step, points.Skip(Math.Max(0, i - window)).Take(2 * window + 1).Average(q => q.Loss)));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
