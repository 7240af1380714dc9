using System.Text;

namespace Grpc.Core;

public sealed partial class Metadata
{
    /// <summary>One key with a text or a binary value; immutable.</summary>
    public class Entry
    {
        private readonly string? _value;
        private readonly byte[]? _valueBytes;

        public Entry(string key, byte[] valueBytes)
        {
            Key = Normalize(key);
            if (!Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal))
            {
                throw new ArgumentException($"Key '{Key}' of a binary metadata entry needs to end in '{BinaryHeaderSuffix}'.");
            }

            ArgumentNullException.ThrowIfNull(valueBytes);
            _valueBytes = (byte[])valueBytes.Clone();
        }

        public Entry(string key, string value)
        {
            Key = Normalize(key);
            if (Key.EndsWith(BinaryHeaderSuffix, StringComparison.Ordinal))
            {
                throw new ArgumentException($"Key '{Key}' of a text metadata entry cannot end in '{BinaryHeaderSuffix}'.");
            }

            ArgumentNullException.ThrowIfNull(value);
            _value = value;
        }

        public string Key { get; }

        public bool IsBinary => _value is null;

        public string Value => _value ?? throw new InvalidOperationException("Cannot access string value of a binary metadata entry");

        /// <summary>A copy of the bytes; the ASCII bytes of a text value.</summary>
        public byte[] ValueBytes => _valueBytes is null ? Encoding.ASCII.GetBytes(_value!) : (byte[])_valueBytes.Clone();

        internal ReadOnlySpan<byte> BinaryValue => _valueBytes;

        public override string ToString() =>
            IsBinary ? $"[Entry: key={Key}, valueBytes={_valueBytes}]" : $"[Entry: key={Key}, value={_value}]";

        internal bool HasKey(string key) => string.Equals(Key, key, StringComparison.OrdinalIgnoreCase);

        private static string Normalize(string key)
        {
            ArgumentNullException.ThrowIfNull(key);
            foreach (var c in key)
            {
                if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
                {
                    throw new ArgumentException(
                        $"Metadata entry key '{key}' not valid. " +
                        "Keys can only contain lowercase alphanumeric characters, underscores, hyphens and dots.");
                }
            }

            return key.ToLowerInvariant();
        }
    }
}
