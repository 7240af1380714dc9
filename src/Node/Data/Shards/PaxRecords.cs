namespace Lockstep.Node.Data.Shards;

/// <summary>The records of a pax header: "length key=value" and a line end, where length counts the whole record.</summary>
internal static class PaxRecords
{
    private const int MostDigits = 8;

    /// <summary>Takes the first record from the rest.</summary>
    /// <returns>False if it is none; the rest is then of no use.</returns>
    public static bool TryTake(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = [];
        var space = rest[..Math.Min(rest.Length, MostDigits + 1)].IndexOf((byte)' ');
        if (space < 1 || !TryDecimal(rest[..space], out var length) || length <= space + 1 || length > rest.Length) return false;
        var record = rest[(space + 1)..(int)length];
        var equals = record.IndexOf((byte)'=');
        if (equals < 1 || record[^1] != '\n') return false;
        key = record[..equals];
        value = record[(equals + 1)..^1];
        rest = rest[(int)length..];
        return true;
    }

    /// <summary>A decimal number that is not negative; false for anything else, and for one beyond 18 digits.</summary>
    public static bool TryDecimal(ReadOnlySpan<byte> text, out long number)
    {
        number = 0;
        if (text.Length is 0 or > 18) return false;
        foreach (var digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            number = number * 10 + digit - '0';
        }
        return true;
    }
}
