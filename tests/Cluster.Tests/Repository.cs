namespace Lockstep.Cluster.Tests;

internal static class Repository
{
    /// <summary>The folder that holds Lockstep.slnx.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Lockstep.slnx"))) return folder;
        }
        throw new InvalidOperationException($"Lockstep.slnx is in no folder above {AppContext.BaseDirectory}");
    }
}
