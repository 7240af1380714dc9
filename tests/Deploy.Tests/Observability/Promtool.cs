using System.Diagnostics.CodeAnalysis;

namespace Lockstep.Deploy.Tests.Observability;

/// <summary>Prometheus' own checker of rules, which needs no Prometheus: Debian's package `prometheus` has it.</summary>
internal static class Promtool
{
    private const string Variable = "LOCKSTEP_PROMTOOL";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>Where it is; skips the test where it is not.</summary>
    public static string Path
    {
        get
        {
            var path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named
                : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => System.IO.Path.Combine(folder, "promtool")).FirstOrDefault(File.Exists);
            SkipWithout(path);
            return path;
        }
    }

    /// <summary>Runs it in a folder; its output, or a failed test.</summary>
    public static Task<string> RunAsync(string folder, params string[] arguments) => Repository.RunAsync(folder, Patience, Path, arguments);

    private static void SkipWithout([NotNull] string? path)
    {
        if (path is null) Assert.Skip($"promtool is not here (in PATH, or where {Variable} says): Prometheus' package has it, and it tries the alert rules without a Prometheus");
    }
}
