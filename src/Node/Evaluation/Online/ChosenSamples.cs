using Lockstep.Node.Data;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>Some of a source's samples, as a source.</summary>
internal sealed class ChosenSamples(ISampleSource source, int[] chosen) : ISampleSource
{
    public int Count => chosen.Length;

    public IReadOnlyList<long> ShardStarts => [0];

    public IReadOnlyList<string> Classes => source.Classes;

    /// <summary>That of the whole source.</summary>
    public string Fingerprint => source.Fingerprint;

    public string Location => source.Location;

    public string NameOf(int index) => source.NameOf(chosen[index]);

    public int? LabelOf(int index) => source.LabelOf(chosen[index]);

    public int Read(int index, ref byte[] buffer) => source.Read(chosen[index], ref buffer);
}
