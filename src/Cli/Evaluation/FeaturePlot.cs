using System.Globalization;
using System.Net;
using System.Text;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Index;

namespace Lockstep.Cli.Evaluation;

/// <summary>Images as points on the first two principal components of their features, coloured by class: SVG.</summary>
internal static class FeaturePlot
{
    private const double Width = 900, Height = 700, Left = 30, Top = 50, Bottom = 40, LegendWidth = 200, Radius = 3;
    private const int LegendRows = 30;

    // Ten that are easy to tell apart; further classes get hues between them.
    private static readonly string[] s_colours = ["#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#ff8ab7", "#a463f2", "#97bbf5", "#9c6b4e", "#555555"];

    public static string Svg(FeatureIndex index)
    {
        var components = PrincipalComponents.Fit(index.Features, 2);
        var places = components.Project(index.Features);
        var right = index.Classes.Count > 0 ? Width - LegendWidth : Width - 20;
        var (x, y) = (Axis(places, 0, Left, right), Axis(places, 1, Height - Bottom, Top));
        var svg = new StringBuilder(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\"><rect width=\"{Width}\" height=\"{Height}\" fill=\"#fff\"/>"));
        svg.Append(Text(Left, 26, Invariant($"{index.Features.Count:N0} images on the first two principal components of their {index.Features.Dimension:N0} features"), "start"));
        svg.Append(Invariant($"<rect x=\"{Left}\" y=\"{Top}\" width=\"{right - Left}\" height=\"{Height - Bottom - Top}\" fill=\"none\" stroke=\"#000\" opacity=\".3\"/>"));
        svg.Append(Text((Left + right) / 2, Height - 14, Invariant($"component 1 ({100 * components.Shares[0]:F1} % of the variance)"), "middle"));
        svg.Append(Invariant($"<g transform=\"rotate(-90 20 {(Top + Height - Bottom) / 2})\">{Text(20, (Top + Height - Bottom) / 2, Invariant($"component 2 ({100 * components.Shares[1]:F1} %)"), "middle")}</g>"));
        for (var row = 0; row < index.Features.Count; row++)
        {
            var label = index.Features.Labels[row];
            var colour = label == FeatureSet.NoClass ? s_colours[0] : Colour(label);
            svg.Append(Invariant($"<circle cx=\"{x(places[2 * row]):F1}\" cy=\"{y(places[2 * row + 1]):F1}\" r=\"{Radius}\" fill=\"{colour}\" opacity=\".7\"><title>{WebUtility.HtmlEncode(index.Files[row])}</title></circle>"));
        }
        Legend(svg, index.Classes, right + 16);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Legend(StringBuilder svg, IReadOnlyList<string> classes, double left)
    {
        for (var c = 0; c < Math.Min(classes.Count, LegendRows); c++)
        {
            var top = Top + 8 + 20 * c;
            svg.Append(Invariant($"<circle cx=\"{left}\" cy=\"{top}\" r=\"5\" fill=\"{Colour(c)}\"/>"));
            svg.Append(Text(left + 12, top + 4, classes[c], "start"));
        }
        if (classes.Count > LegendRows) svg.Append(Text(left, Top + 12 + 20 * LegendRows, $"and {classes.Count - LegendRows} more classes", "start"));
    }

    // The golden angle: any number of hues, neighbours far apart.
    private static string Colour(int label) => label < s_colours.Length ? s_colours[label] : Invariant($"hsl({label * 137.508 % 360:F0},65%,{45 + label % 3 * 10}%)");

    private static Func<double, double> Axis(float[] places, int component, double from, double to)
    {
        var (low, high) = (double.MaxValue, double.MinValue);
        for (var i = component; i < places.Length; i += 2) (low, high) = (Math.Min(low, places[i]), Math.Max(high, places[i]));
        var margin = Math.Max(0.03 * (high - low), 1e-9);
        return value => from + (to - from) * (value - low + margin) / (high - low + 2 * margin);
    }

    private static string Text(double x, double y, string text, string anchor) =>
        Invariant($"<text x=\"{x:F1}\" y=\"{y:F1}\" text-anchor=\"{anchor}\" fill=\"#222\">{WebUtility.HtmlEncode(text)}</text>");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
