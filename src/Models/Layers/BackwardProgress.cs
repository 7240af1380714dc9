using System.Runtime.ExceptionServices;
using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Layers;

/// <summary>
/// Follows a backward pass through the stages of a network and tells a sink which gradients are final. The forward puts a
/// mark at each stage's input; autograd runs later nodes first, so when a mark is met on the way back, every gradient of
/// that stage and of later ones has been added, as far as this pass of the network goes. A stage is final when the marks
/// of all passes have been met.
/// </summary>
public sealed class BackwardProgress
{
    private readonly FlatBuffer _contribution;
    private readonly int[] _starts;   // of each stage's parameters
    private readonly int _statistics; // where the parameters end
    private readonly int[] _open;     // marks of each stage that have not been met
    private IContributionSink? _sink;
    private ExceptionDispatchInfo? _failure;
    private int _stage;               // the last that has not been told
    private int _from;                // what lies behind has been told

    /// <param name="contribution">Gradients in the network's order, then statistics.</param>
    /// <param name="stages">Prefixes of the parameters' names, in the network's order. What comes after a stage and before the next belongs to it.</param>
    /// <param name="gradientFloats">Where the gradients end and the statistics begin.</param>
    /// <exception cref="ArgumentException">The layout has the stages in another order.</exception>
    public BackwardProgress(FlatBuffer contribution, IReadOnlyList<string> stages, long gradientFloats)
    {
        var entries = contribution.Layout.Entries.Where(e => e.Offset < gradientFloats).ToArray();
        _contribution = contribution;
        _starts = [.. stages.Select(s => (int)entries.First(e => e.Name.StartsWith(s, StringComparison.Ordinal)).Offset)];
        for (var s = 0; s < stages.Count; s++)
        {
            var end = s + 1 < stages.Count ? _starts[s + 1] : gradientFloats;
            if (entries.FirstOrDefault(e => e.Name.StartsWith(stages[s], StringComparison.Ordinal) && e.Offset >= end) is { } stray)
                throw new ArgumentException($"'{stray.Name}' lies behind a later stage's parameters in the layout", nameof(contribution));
        }
        _statistics = (int)gradientFloats;
        _open = new int[stages.Count];
    }

    /// <summary>A new forward pass begins.</summary>
    public BackwardProgress Begin(IContributionSink sink)
    {
        (_sink, _failure) = (sink, null);
        (_stage, _from) = (_starts.Length - 1, (int)_contribution.Layout.Length);
        Array.Clear(_open);
        return this;
    }

    /// <summary>A stage's input to go on with: marked, its former handle given back; or as it is where nobody follows.</summary>
    public static Tensor Mark(BackwardProgress? progress, Tensor x, int stage)
    {
        if (progress is null) return x;
        var marked = progress.Mark(x, stage);
        x.Dispose();
        return marked;
    }

    /// <summary>The same values, with a mark that tells when backward comes by.</summary>
    public Tensor Mark(Tensor x, int stage)
    {
        if (!x.requires_grad) return x.alias(); // backward ends before it
        _open[stage]++;
        return BackwardMark.apply(x, this, stage);
    }

    /// <summary>The statistics have been written. Before backward.</summary>
    public void Statistics() => TellFrom(_statistics);

    /// <summary>Backward has ended: tells what is left.</summary>
    public void End()
    {
        _failure?.Throw();
        TellFrom(0);
        _sink = null;
    }

    /// <summary>Backward has met a mark. Never throws, since native code is between it and who could catch.</summary>
    internal void Met(int stage)
    {
        try
        {
            _open[stage]--;
            if (_failure is not null || _sink is null) return;
            var final = _stage;
            while (final >= 0 && _open[final] == 0) final--;
            if (final == _stage) return;
            _stage = final;
            TellFrom(_starts[final + 1]);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }

    private void TellFrom(int start)
    {
        var end = _from;
        if (start >= end) return;
        _from = start;
        _sink!.Final(_contribution.Span, start, end - start);
    }
}
