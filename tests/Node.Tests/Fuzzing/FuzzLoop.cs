using System.Diagnostics;

namespace Lockstep.Node.Tests.Fuzzing;

/// <summary>
/// Feeds mutated inputs to targets: no exception but a refusal, no input beyond its deadline, nothing left behind. Runs in
/// a process of its own, which a native fault or a hang may end; where it was is noted before each input.
/// </summary>
/// <param name="seed">Of the mutations.</param>
/// <param name="progressFile">Where it is noted which input is fed.</param>
/// <param name="use">What the process holds; null: all that is measured, so nothing else may run in it.</param>
internal sealed class FuzzLoop(ulong seed, string progressFile, Func<ProcessUse>? use = null) : IDisposable
{
    /// <summary>Exit status of the process after an input that took too long.</summary>
    public const int HangStatus = 97;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // Growth over the second half, when all buffers have their size: far below one kilobyte an input. The runtime's own
    // allocations (code compiled again, tables grown) come to a megabyte now and then.
    private const long MaxNativeGrowth = 4 << 20, MaxResidentGrowth = 96 << 20;

    private const int Looks = 5;

    private readonly Func<ProcessUse> _use = use ?? ProcessUse.Now;
    private readonly CaseNote _note = new(progressFile);
    private long _started;

    /// <summary>Feeds cases to every target in turn, and returns a line on each.</summary>
    public IReadOnlyList<string> Run(IReadOnlyList<FuzzTarget> targets, int casesEach)
    {
        using var watchdog = new Timer(_ => EndIfHanging(), null, Deadline / 10, Deadline / 10);
        var tallies = targets.Select(t => new FuzzTally(t.Name)).ToArray();
        ProcessUse? half = null;
        for (var index = 0; index < casesEach; index++)
        {
            if (index == casesEach / 2) half = _use();
            for (var t = 0; t < targets.Count; t++) tallies[t].Add(Feed(targets[t], index));
        }
        if (half is { } before) RequireNoGrowth(before);
        foreach (var tally in tallies) tally.RequireBothOutcomes();
        return [.. tallies.Select(t => t.ToString())];
    }

    /// <returns>True if the input was taken, false if it was refused.</returns>
    public bool Feed(FuzzTarget target, int index)
    {
        var input = Mutation.Make(target, seed, index);
        _note.Write($"{target.Name}:{index}");
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        try
        {
            target.Feed(input);
            return true;
        }
        catch (Exception e) when (target.IsRefusal(e))
        {
            return false;
        }
        finally
        {
            Volatile.Write(ref _started, 0);
        }
    }

    public void Dispose() => _note.Dispose();

    private void EndIfHanging()
    {
        var started = Volatile.Read(ref _started);
        if (started == 0 || Stopwatch.GetElapsedTime(started) < Deadline) return;
        Console.Error.WriteLine($"an input took more than {Deadline.TotalSeconds} s");
        Environment.Exit(HangStatus);
    }

    private void RequireNoGrowth(ProcessUse before)
    {
        var after = _use();
        // What the runtime gives back late is no leak: that stays.
        for (var looks = 1; looks < Looks && Grew(before, after); looks++) after = _use();
        if (!Grew(before, after)) return;
        var opened = after.OpenedSince(before);
        throw new InvalidOperationException($"something leaks: {before} after half of the inputs, {after} after all{(opened.Count > 0 ? $", opened meanwhile: {string.Join(", ", opened)}" : "")}");
    }

    private static bool Grew(ProcessUse before, ProcessUse after) =>
        after.NativeBytes - before.NativeBytes > MaxNativeGrowth || after.ResidentBytes - before.ResidentBytes > MaxResidentGrowth || after.OpenedSince(before).Count > 0;
}
