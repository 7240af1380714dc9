using System.Globalization;
using System.Net;
using Lockstep.Node.Metrics;
using Lockstep.Node.Recipes;

namespace Lockstep.Cli.Demo;

/// <summary>The demo's report: one HTML file without any other.</summary>
internal static class DemoReport
{
    public static string Html(
        TrainingRecipe recipe, DemoScores scores, IReadOnlyList<StepMetrics> steps, string pictures)
    {
        var last = steps[^1];
        var speed = steps.Skip(steps.Count / 2).Average(s => s.ImagesPerSecond);
        return Invariant($$"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>Lockstep demo</title>
            <style>
              :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
              body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
              table { border-collapse: collapse } td, th { padding: .3rem 1rem .3rem 0; text-align: left } td.n { text-align: right }
              .bar { display: inline-block; height: .8rem; background: #2a78d6 } .grey { background: #999 }
              img { max-width: 100%; image-rendering: pixelated } svg { max-width: 100%; height: auto } code { word-break: break-all }
            </style></head><body>
            <h1>Lockstep demo</h1>
            <p>DINO pretrained a small vision transformer on {{10 * 160:N0}} synthetic images, without labels, on a coordinator and {{last.Nodes}} node
            process{{(last.Nodes == 1 ? "" : "es")}} of this machine: {{last.Step:N0}} steps of {{recipe.Run.GlobalBatch}} images,
            {{speed:F0}} images/s.</p>
            <h2>What it has learned</h2>
            <p>Share of 400 held-out images that the {{recipe.Evaluation.Neighbours}} nearest of the training images classify rightly (weighted vote, cosine similarity).</p>
            <table>{{Row("trained (EMA teacher)", scores.Trained.Top1, "")}}{{Row("the same network, untrained", scores.Initial.Top1, "grey")}}{{Row("raw pixels", scores.Pixels.Top1, "grey")}}{{Row("guessing", scores.Chance, "grey")}}</table>
            <p><strong>What this shows:</strong> the whole way works, from files to features. {{Verdict(scores)}} <strong>What it does not show:</strong> anything
            about photographs. The images are drawn by a program, the network is tiny and the time short; with this budget the original DINO learns nothing that
            can be seen on CIFAR-10. {{(scores.Pixels.Top1 > scores.Trained.Top1 ? "Raw pixels still do better: at this size the pictures of a class look alike pixel by pixel." : "")}}</p>
            <h2>Loss</h2>
            <p>Cross-entropy between student and teacher; the dashed line is ln K = {{Math.Log(recipe.Dino.OutDim):F2}}, where both say nothing. The loss may rise when the teacher
            sharpens: only its collapse to that line or to zero would be bad news.</p>
            {{LossCurve.Svg([.. steps.Select(s => (s.Step, s.Loss))], Math.Log(recipe.Dino.OutDim))}}
            <h2>What the class token looks at</h2>
            <p>One row an image: the image, the mean of the last block's attention heads, then each of them; bright is attended to. First trained, then untrained.</p>
            <p>{{Picture(pictures, "attention-trained.png")}}</p><p>{{Picture(pictures, "attention-untrained.png")}}</p>
            <h2>The images</h2>
            <p>One row a class; shape and texture together make the class, all else is chance.</p>
            <p>{{Picture(pictures, "samples.png")}}</p>
            <h2>The law</h2>
            <p>The digest of the state after step {{last.Step:N0}}. Run the demo again with <code>--nodes 1</code> in another folder: on the same machine it is the same.</p>
            <p><code>{{WebUtility.HtmlEncode(last.Digest)}}</code></p>
            </body></html>
            """);
    }

    // Two scores of 400 images differ by chance by up to about 7 points (two standard errors of the difference).
    private static string Verdict(DemoScores scores) => Invariant((100 * (scores.Trained.Top1 - scores.Initial.Top1)) switch
    {
        > 7 => (FormattableString)$"The features of the trained teacher tell the classes apart better than those it began with, though no label was used.",
        > 0 => $"In this run the trained features are hardly better than those they began with; the difference may be chance.",
        _ => $"In this run the features did not get better than those they began with.",
    });

    private static string Row(string name, double share, string style) => Invariant(
        $"<tr><th>{name}</th><td class=\"n\">{100 * share:F1} %</td><td><span class=\"bar {style}\" style=\"width:{300 * share:F0}px\"></span></td></tr>");

    private static string Picture(string folder, string file) =>
        $"<img alt=\"{file}\" src=\"data:image/png;base64,{Convert.ToBase64String(File.ReadAllBytes(Path.Combine(folder, file)))}\">";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
