using Lockstep.Node.Data;
using Lockstep.Node.Data.Reading;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>Some of a source's samples, as a source that is read until told to stop.</summary>
/// <param name="source">All samples.</param>
/// <param name="chosen">Numbers of those.</param>
/// <param name="reads">How <paramref name="source"/> is read.</param>
/// <param name="stop">Ends every read, also one that has come to its end.</param>
internal sealed class ChosenSamples(ISampleSource source, int[] chosen, SampleReads reads, CancellationToken stop) : ISampleSource
{
    public int Count => chosen.Length;

    public IReadOnlyList<long> ShardStarts => [0];

    public IReadOnlyList<string> Classes => source.Classes;

    /// <summary>That of the whole source.</summary>
    public string Fingerprint => source.Fingerprint;

    public string Location => source.Location;

    public string NameOf(int index) => source.NameOf(chosen[index]);

    public int? LabelOf(int index) => source.LabelOf(chosen[index]);

    public int Read(int index, ref byte[] buffer)
    {
        var length = reads.Read(chosen[index], ref buffer, stop);
        stop.ThrowIfCancellationRequested(); // who was left behind in it goes no further
        return length;
    }
}
