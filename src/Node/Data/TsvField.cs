namespace Lockstep.Node.Data;

/// <summary>Text between tabs.</summary>
internal static class TsvField
{
    /// <summary>Backslashes, tabs and line ends as \\, \t, \n and \r.</summary>
    public static string Escape(string text) => text.AsSpan().IndexOfAny("\\\t\n\r") < 0
        ? text
        : text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
}
