using System.Globalization;
using Lockstep.Coordinator.Journal;
using Lockstep.Coordinator.Membership;
using Lockstep.Protos;

namespace Lockstep.Coordinator.Hosting;

/// <summary>Where a coordinator begins: at its journal's run, or at a new one.</summary>
internal static class RunStart
{
    /// <summary>Counts this start in the journal, and returns the run as the journal tells it.</summary>
    /// <exception cref="CoordinatorStartException">The journal is of another recipe.</exception>
    public static RunState From(IJournal journal, CoordinatorOptions options)
    {
        var before = journal.State;
        if (JournalRules.Refusal(before, options.RecipeHash, options.Journal ?? "memory") is { } refusal) throw new CoordinatorStartException(refusal);
        var isNew = before.Run.Length == 0;
        var run = isNew ? options.RunId ?? Guid.NewGuid().ToString("n") : before.Run;
        if (isNew) journal.Append(new() { RunBegun = new() { Run = run, RecipeHash = options.RecipeHash } }, durable: true);
        journal.Append(new() { EpochBegun = new() { Epoch = before.Epoch + 1, Host = Environment.MachineName, Process = Environment.ProcessId } }, durable: true);
        var goesOn = before.Generation > 0 && before.Outcome == Finish.Types.Outcome.Unspecified;
        return new(run, options.ToSettings())
        {
            Epoch = before.Epoch + 1,
            Generation = before.Generation,
            CommittedSteps = before.CommittedSteps,
            TotalSteps = before.TotalSteps,
            Agreed = (before.DigestStep, before.Digest),
            Awaited = goesOn ? before.Members : [],
            HasBegun = goesOn,
            WasComplete = before.Outcome == Finish.Types.Outcome.Completed,
            Standard = goesOn && before.Samples > 0 ? new(before.DatasetHash, before.Samples, before.KernelFingerprint) : null, // one that was stopped may go on with other machines
            MayAdopt = options.Journal is null || options.Adopt,
            Faults = !goesOn ? []
                : [new(TimeSpan.Zero, "coordinator", "", before.CommittedSteps, string.Create(CultureInfo.InvariantCulture, $"the coordinator was started again (start {before.Epoch + 1}): its journal says generation {before.Generation}, {before.CommittedSteps} committed steps; its nodes dial again and say what they hold"))],
        };
    }
}
