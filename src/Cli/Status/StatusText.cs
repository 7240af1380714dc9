using System.Globalization;
using System.Text;
using Lockstep.Protos;

namespace Lockstep.Cli.Status;

/// <summary>The status of a run as lines for a terminal: what the status page shows.</summary>
internal static class StatusText
{
    private const double SlowFrom = 1.3, SilentSeconds = 1;

    /// <summary>The run, its nodes (those that need a look first) and its last faults (newest first).</summary>
    /// <param name="status">The run.</param>
    /// <param name="mostNodes">Nodes to show at most.</param>
    /// <param name="mostFaults">Faults to show at most.</param>
    public static string Of(RunStatus status, int mostNodes, int mostFaults)
    {
        var text = new StringBuilder();
        Line($"run {status.Run}  {status.Phase}  step {status.CommittedSteps}/{status.TotalSteps}{Share(status)}");
        // A coordinator that was started again knows no loss before the next step.
        Line($"{(status.Loss != 0 ? $"loss {status.Loss:F4}  " : "")}{status.ImagesPerSecond:F1} img/s  data wait {100 * status.DataWaitShare:F1} %  generation {status.Generation}  coordinator start {status.Epoch}");
        if (status.Knn is { } knn) Line($"k-NN {100 * knn.Accuracy:F1} % after step {knn.Step} (k={knn.Neighbours})");
        if (status.StateDigest.Length > 0) Line($"digest {status.StateDigest} after step {status.StateDigestStep}, the same on all nodes");
        if (status.Reason.Length > 0) Line($"{status.Reason}");
        if (status.StatusPage.Length > 0) Line($"page   {status.StatusPage}");
        Nodes(status, mostNodes);
        var faults = status.Faults.Reverse().Take(mostFaults).ToArray();
        if (faults.Length > 0) Line($"");
        foreach (var fault in faults) Line($"{TimeSpan.FromSeconds(Math.Max(0, status.UptimeSeconds - fault.AtSeconds)):h\\:mm\\:ss} ago  {fault.Kind}: {fault.Text}");
        return text.ToString();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

        void Nodes(RunStatus of, int most)
        {
            if (of.Nodes.Count == 0) return;
            var sorted = of.Nodes.OrderBy(node => Trouble(node).Length == 0).ThenBy(node => node.Index).Take(most).ToArray();
            var wide = Math.Max("node".Length, sorted.Max(node => node.Node.Length));
            Line($"");
            Line($"{Pad("node", wide)}  state      microbatches  compute s  median  silent s  doing");
            foreach (var node in sorted)
                Line($"{Pad(node.Node, wide)}  {node.State,-9}  {Range(node),12}  {node.ComputeSeconds,9:F3}  {node.Slowness,6:F2}  {node.SilenceSeconds,8:F1}  {Doing(node)}{Trouble(node)}");
            if (of.Nodes.Count > most) Line($"... and {of.Nodes.Count - most} more");
        }
    }

    private static string Pad(string text, int width) => text.PadRight(width);

    private static string Share(RunStatus status) =>
        status.TotalSteps > 0 ? string.Create(CultureInfo.InvariantCulture, $" ({100.0 * status.CommittedSteps / status.TotalSteps:F1} %)") : "";

    private static string Range(NodeStatus node) => node.MicrobatchCount == 0 ? "-" : $"{node.FirstMicrobatch}-{node.FirstMicrobatch + node.MicrobatchCount - 1}";

    private static string Doing(NodeStatus node) => node.WaitsFor.Length > 0 ? $"{node.Phase}, waits for {node.WaitsFor}" : node.Phase;

    private static string Trouble(NodeStatus node) =>
        node.SilenceSeconds >= SilentSeconds ? "  SILENT" : node.Slowness >= SlowFrom ? "  SLOW" : "";
}
