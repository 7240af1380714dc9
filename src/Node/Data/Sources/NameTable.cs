using System.Text;

namespace Lockstep.Node.Data.Sources;

/// <summary>Names of samples as one block of UTF-8: a million of them take what their letters take. Strings are made when asked for.</summary>
internal sealed class NameTable
{
    private readonly byte[] _text;
    private readonly int[] _offsets;

    /// <param name="text">All names, one behind the other.</param>
    /// <param name="offsets">Where each begins, ascending, and where the last one ends: one more than there are names.</param>
    public NameTable(byte[] text, int[] offsets) => (_text, _offsets) = (text, offsets);

    public int Count => _offsets.Length - 1;

    public ReadOnlySpan<byte> Text => _text;

    public ReadOnlySpan<int> Offsets => _offsets;

    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    public ReadOnlySpan<byte> Utf8(int index) => _text.AsSpan(_offsets[index], _offsets[index + 1] - _offsets[index]);
}
