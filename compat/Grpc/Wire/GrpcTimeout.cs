using System.Globalization;

namespace Grpc.Wire;

/// <summary>The grpc-timeout header: at most eight digits and a unit.</summary>
internal static class GrpcTimeout
{
    private const long EightDigits = 99_999_999;

    public static string Encode(TimeSpan timeout)
    {
        var microseconds = Math.Max(1, timeout.Ticks / TimeSpan.TicksPerMicrosecond);
        var (value, unit) =
            microseconds <= EightDigits ? (microseconds, 'u')
            : microseconds / 1000 <= EightDigits ? (microseconds / 1000, 'm')
            : (Math.Min(microseconds / 1_000_000, EightDigits), 'S');
        return value.ToString(CultureInfo.InvariantCulture) + unit;
    }

    /// <summary>Null when there is no valid timeout; a server then sets no deadline.</summary>
    public static TimeSpan? Decode(string? header)
    {
        if (header is null
            || header.Length is < 2 or > 9
            || !long.TryParse(header.AsSpan(0, header.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return null;
        }

        long? ticksPerUnit = header[^1] switch
        {
            'u' => TimeSpan.TicksPerMicrosecond,
            'm' => TimeSpan.TicksPerMillisecond,
            'S' => TimeSpan.TicksPerSecond,
            'M' => TimeSpan.TicksPerMinute,
            'H' => TimeSpan.TicksPerHour,
            _ => null,
        };
        if (header[^1] == 'n')
        {
            return TimeSpan.FromTicks((value + 99) / 100);
        }

        return ticksPerUnit is { } ticks ? TimeSpan.FromTicks(value > long.MaxValue / ticks ? long.MaxValue : value * ticks) : null;
    }

    /// <summary>How far ahead a timer can be set: longer deadlines are reached in several steps.</summary>
    public static TimeSpan TimerStep(TimeSpan remaining) =>
        remaining < TimeSpan.Zero ? TimeSpan.Zero : remaining > TimeSpan.FromDays(40) ? TimeSpan.FromDays(40) : remaining;

    /// <summary>The moment after that time, or the end of time.</summary>
    public static DateTime DeadlineAfter(TimeSpan timeout)
    {
        var now = DateTime.UtcNow;
        return timeout >= DateTime.MaxValue - now ? DateTime.MaxValue : now + timeout;
    }
}
