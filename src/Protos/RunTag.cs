using System.Globalization;

namespace Lockstep.Protos;

/// <summary>The short form of a run's identifier that every chunk carries.</summary>
public static class RunTag
{
    /// <summary>The first 8 bytes (16 hexadecimal characters) of a run's identifier, as one number.</summary>
    public static ulong Of(string run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return run.Length >= 16 && ulong.TryParse(run.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var tag)
            ? tag
            : throw new ArgumentException($"'{run}' is not the identifier of a run: 32 hexadecimal characters are expected.", nameof(run));
    }
}
