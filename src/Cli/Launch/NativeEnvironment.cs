namespace Lockstep.Cli.Launch;

/// <summary>
/// Settings that libtorch and OpenBLAS read when they are loaded. Threads a microbatch decide the bits of a result, so a
/// run without them would not be the run that the recipe names.
/// </summary>
internal static class NativeEnvironment
{
    private static readonly (string Name, string Value)[] Settings =
    [
        ("OMP_WAIT_POLICY", "passive"),
        ("CUBLAS_WORKSPACE_CONFIG", ":4096:8"),
        // Read by the runtime of processes that this one starts: HTTP/2 keeps many 16 KiB blocks at a time.
        ("DOTNET_SYSTEM_BUFFERS_SHAREDARRAYPOOL_MAXARRAYSPERPARTITION", "4096"),
    ];

    private static readonly string[] Threads = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"];

    /// <summary>Sets one thread a microbatch, and the rest where it is not set; to be called before the first tensor.</summary>
    public static void Apply()
    {
        foreach (var name in Threads) Set(name, "1");
        foreach (var (name, value) in Settings.Where(s => Environment.GetEnvironmentVariable(s.Name) is null)) Set(name, value);
    }

    private static void Set(string name, string value)
    {
        _ = LibC.SetEnvironment(name, value, 1);
        Environment.SetEnvironmentVariable(name, value); // for the processes that this one starts
    }
}
