namespace Lockstep.Coordinator.Hosting;

/// <summary>The file by which others learn where a coordinator listens.</summary>
internal static class AddressFile
{
    /// <summary>Writes the address in one move: a reader sees nothing or all of it.</summary>
    public static void Write(string path, string address)
    {
        var beside = $"{path}.{Environment.ProcessId}.new";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        File.WriteAllText(beside, address);
        File.Move(beside, path, overwrite: true);
    }
}
