using System.Runtime.InteropServices;

namespace Lockstep.Cli.Launch;

/// <summary>The C library, as much of it as .NET does not offer. 0 is success.</summary>
internal static partial class LibC
{
    public const int Terminate = 15; // SIGTERM

    private const string Library = "libc";

    [LibraryImport(Library, EntryPoint = "setpgid")]
    public static partial int SetProcessGroup(int processId, int group);

    [LibraryImport(Library, EntryPoint = "kill")]
    public static partial int Kill(int processId, int signal);

    /// <summary>The C library keeps its own copy of the environment: Environment.SetEnvironmentVariable does not reach it.</summary>
    [LibraryImport(Library, EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetEnvironment(string name, string value, int overwrite);
}
