using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Lockstep.Models.Replica;

/// <summary>
/// All that a step reads and writes: named flat buffers and the number of committed steps. Two replicas with equal
/// digests will compute equal steps.
/// </summary>
public sealed class ReplicaState : IDisposable
{
    private readonly Dictionary<string, FlatBuffer> _sections = new(StringComparer.Ordinal);

    /// <summary>A state of zeros at step 0.</summary>
    /// <param name="layout">Its sections.</param>
    /// <param name="device">Where they lie; null: in the CPU's memory. On another device a state is only a copy for lanes: it has no digest and takes no step.</param>
    public ReplicaState(StateLayout layout, TorchSharp.torch.Device? device = null)
    {
        Layout = layout;
        foreach (var (name, section) in layout.Sections) _sections.Add(name, new FlatBuffer(section, device));
    }

    public StateLayout Layout { get; }

    /// <summary>Committed steps so far; the step that comes next has this number.</summary>
    public long Step { get; set; }

    public FlatBuffer this[string section] => _sections[section];

    /// <summary>Takes over step and numbers of a state that has all of this one's sections, and perhaps more.</summary>
    public void CopyFrom(ReplicaState source)
    {
        foreach (var (name, section) in _sections) section.Tensor.copy_(source[name].Tensor);
        Step = source.Step;
    }

    /// <summary>
    /// Hash of the whole state, 64 hexadecimal characters: SHA-256 over (step, then for each section the SHA-256 of every
    /// 4 MiB block in order).
    /// </summary>
    public string Digest() => DigestOf(Step, Layout.Sections.Select(section => StateDigest.BlockHashes(_sections[section.Name])));

    /// <summary>The same of a copy: the contents of all sections, in the layout's order.</summary>
    public static string DigestOf(long step, IReadOnlyList<float[]> sections) => DigestOf(step, sections.Select(StateDigest.BlockHashes));

    private static string DigestOf(long step, IEnumerable<byte[]> sections)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(number, step);
        all.AppendData(number);
        foreach (var hashes in sections) all.AppendData(hashes);
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    public void Dispose()
    {
        foreach (var section in _sections.Values) section.Dispose();
    }
}
