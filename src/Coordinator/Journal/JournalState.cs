using System.Collections.Immutable;
using Lockstep.Protos;
using Body = Lockstep.Protos.JournalRecord.BodyOneofCase;

namespace Lockstep.Coordinator.Journal;

/// <summary>What the records of a journal say together. Immutable; <see cref="Apply"/> is a pure function.</summary>
public sealed record JournalState
{
    /// <summary>Before the first record.</summary>
    public static JournalState Empty { get; } = new();

    /// <summary>Identifier of the run; empty before it has one.</summary>
    public string Run { get; init; } = "";

    /// <summary>Hash of all settings that decide the result.</summary>
    public string RecipeHash { get; init; } = "";

    /// <summary>Hash of the dataset's listing; empty while it is not known.</summary>
    public string DatasetHash { get; init; } = "";

    /// <summary>Number of images; 0 before the first generation.</summary>
    public long Samples { get; init; }

    /// <summary>What the results of a node's computation may depend on, the same for all; empty before the first generation.</summary>
    public string KernelFingerprint { get; init; } = "";

    /// <summary>Starts of a coordinator so far.</summary>
    public long Epoch { get; init; }

    /// <summary>Where the last of them ran.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its process number there.</summary>
    public int Process { get; init; }

    /// <summary>Number of the last membership; 0 before the first.</summary>
    public long Generation { get; init; }

    /// <summary>Names of its nodes, in the order of their ranges.</summary>
    public ImmutableArray<string> Members { get; init; } = [];

    /// <summary>Steps committed for certain. Nodes may hold more: the last marks can be lost in a power cut.</summary>
    public long CommittedSteps { get; init; }

    /// <summary>Steps of the whole run; 0 before the first generation.</summary>
    public long TotalSteps { get; init; }

    /// <summary>The last state digest that nodes agreed on; empty when there is none.</summary>
    public string Digest { get; init; } = "";

    /// <summary>Committed steps of the state that <see cref="Digest"/> belongs to.</summary>
    public long DigestStep { get; init; }

    /// <summary>How the run ended; unspecified while it goes on.</summary>
    public Finish.Types.Outcome Outcome { get; init; }

    /// <summary>Why it ended.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The state after one more record.</summary>
    public JournalState Apply(JournalRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.BodyCase switch
        {
            Body.Snapshot => From(record.Snapshot),
            Body.RunBegun => Begin(record.RunBegun),
            Body.EpochBegun => this with { Epoch = record.EpochBegun.Epoch, Host = record.EpochBegun.Host, Process = record.EpochBegun.Process },
            Body.GenerationBegun => Begin(record.GenerationBegun),
            Body.StepCommitted => Commit(record.StepCommitted),
            Body.AllLeft => this with { KernelFingerprint = "" },
            Body.RunEnded => this with { Outcome = record.RunEnded.Outcome, Reason = record.RunEnded.Reason },
            _ => throw new ArgumentException("The record says nothing: set one of its bodies.", nameof(record)),
        };
    }

    /// <summary>One record that stands for all that led here.</summary>
    public JournalRecord ToSnapshot() => new()
    {
        Snapshot = new()
        {
            Run = Run,
            RecipeHash = RecipeHash,
            DatasetHash = DatasetHash,
            Samples = Samples,
            KernelFingerprint = KernelFingerprint,
            Epoch = Epoch,
            Host = Host,
            Process = Process,
            Generation = Generation,
            Members = { Members },
            CommittedSteps = CommittedSteps,
            TotalSteps = TotalSteps,
            StateDigest = Digest,
            StateDigestStep = DigestStep,
            Outcome = Outcome,
            Reason = Reason,
        },
    };

    private static JournalState From(Snapshot snapshot) => new()
    {
        Run = snapshot.Run,
        RecipeHash = snapshot.RecipeHash,
        DatasetHash = snapshot.DatasetHash,
        Samples = snapshot.Samples,
        KernelFingerprint = snapshot.KernelFingerprint,
        Epoch = snapshot.Epoch,
        Host = snapshot.Host,
        Process = snapshot.Process,
        Generation = snapshot.Generation,
        Members = [.. snapshot.Members],
        CommittedSteps = snapshot.CommittedSteps,
        TotalSteps = snapshot.TotalSteps,
        Digest = snapshot.StateDigest,
        DigestStep = snapshot.StateDigestStep,
        Outcome = snapshot.Outcome,
        Reason = snapshot.Reason,
    };

    // Another run starts from nothing, but the coordinator that begins it was counted before it.
    private JournalState Begin(RunBegun run)
    {
        var begun = run.Run == Run ? this : new JournalState { Epoch = Epoch, Host = Host, Process = Process };
        return begun with
        {
            Run = run.Run,
            RecipeHash = run.RecipeHash,
            DatasetHash = run.DatasetHash.Length > 0 ? run.DatasetHash : begun.DatasetHash,
        };
    }

    // first_step can be higher than the last mark (marks were lost, nodes knew better) or lower (all nodes were lost, and a
    // checkpoint was resumed).
    private JournalState Begin(GenerationBegun generation)
    {
        var keepsDigest = DigestStep <= generation.FirstStep;
        return this with
        {
            Generation = generation.Generation,
            Members = [.. generation.Members],
            CommittedSteps = generation.FirstStep,
            TotalSteps = generation.TotalSteps,
            DatasetHash = generation.DatasetHash,
            Samples = generation.Samples,
            KernelFingerprint = generation.KernelFingerprint,
            Digest = keepsDigest ? Digest : "",
            DigestStep = keepsDigest ? DigestStep : 0,
            Outcome = Finish.Types.Outcome.Unspecified,
            Reason = "",
        };
    }

    private JournalState Commit(StepCommitted commit)
    {
        var next = this with { CommittedSteps = commit.Step + 1 };
        return commit.StateDigest.Length == 0 ? next : next with { Digest = commit.StateDigest, DigestStep = commit.Step };
    }
}
