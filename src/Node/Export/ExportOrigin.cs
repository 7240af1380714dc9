using Lockstep.Node.Checkpoints;

namespace Lockstep.Node.Export;

/// <summary>Where exported weights come from: a checkpoint, or a weights file of another program.</summary>
public sealed record ExportOrigin
{
    private ExportOrigin()
    {
    }

    /// <summary>The checkpoint's; null for a file.</summary>
    public CheckpointManifest? Manifest { get; private init; }

    /// <summary>The file; null for a checkpoint.</summary>
    public ModelCard.SourcePart? File { get; private init; }

    public static ExportOrigin Of(CheckpointManifest manifest) => new() { Manifest = manifest };

    public static ExportOrigin Of(ModelCard.SourcePart file) => new() { File = file };
}
