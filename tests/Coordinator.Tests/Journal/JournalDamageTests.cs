using System.Text;
using Lockstep.Coordinator.Journal;
using Lockstep.Protos;
using Xunit;

namespace Lockstep.Coordinator.Tests.Journal;

/// <summary>What is found after a power cut, and what only damage can be.</summary>
public sealed class JournalDamageTests
{
    private static readonly byte[] Flips = [0x01, 0x80, 0xff];
    private readonly List<string> _warnings = [];

    [Fact]
    public void Cut_AtAnyByte_LeavesTheRecordsBeforeIt()
    {
        var (bytes, ends, states) = Written(durable: true);
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var whole = ends.FindLastIndex(end => end <= cut); // -1: in the header
            AssertOpens(bytes[..cut], states[Math.Max(whole, 0)], dropped: cut - (whole < 0 ? 0 : ends[whole]));
        }
    }

    [Fact]
    public void Flip_InTheLastRecord_IsATornEnd()
    {
        var (bytes, ends, states) = Written(durable: true);
        for (var at = ends[^2]; at < ends[^1]; at++)
        {
            foreach (var flip in Flips) AssertOpens(Flipped(bytes, at, flip), states[^2], dropped: ends[^1] - ends[^2]);
        }
    }

    [Fact]
    public void Flip_InAnEarlierRecord_IsAnErrorThatNamesFileOffsetAndRemedy()
    {
        var (bytes, ends, _) = Written(durable: true);
        for (var at = ends[0]; at < ends[^2]; at++)
        {
            foreach (var flip in Flips)
            {
                var disk = SimulatedDisk.With(Flipped(bytes, at, flip));
                var error = Assert.Throws<JournalException>(() => Open(disk));
                var bad = ends.FindLast(end => end <= at);
                Assert.All([disk.Name, $"byte {bad} ", "Restore the file"], part => Assert.Contains(part, error.Message));
                Assert.Equal(Flipped(bytes, at, flip), disk.Content);
            }
        }
    }

    // The same bytes, but nothing had been synced: any page of them may be missing after a power cut.
    [Fact]
    public void Flip_AmongRecordsNotYetSynced_IsATornEnd()
    {
        var (bytes, ends, states) = Written(durable: false);
        AssertOpens(Flipped(bytes, ends[3], 1), states[3], dropped: ends[^1] - ends[3]);
    }

    [Fact]
    public void Garbage_AfterTheLastRecord_IsCutOff()
    {
        var (bytes, _, states) = Written(durable: true);
        var random = new Random(1);
        for (var length = 1; length < 100; length++)
        {
            var garbage = new byte[length];
            AssertOpens([.. bytes, .. garbage], states[^1], length); // zeros, the checksum of nothing
            random.NextBytes(garbage);
            AssertOpens([.. bytes, .. garbage], states[^1], length);
        }
    }

    [Theory]
    [InlineData("lockstep journal 2\nmore", "another version")]
    [InlineData("lockstep-journal", "not a coordinator's journal")]
    [InlineData("{}", "not a coordinator's journal")]
    public void File_OfAnotherKind_IsRefused(string content, string message)
    {
        var error = Assert.Throws<JournalException>(() => Open(SimulatedDisk.With(Encoding.UTF8.GetBytes(content))));
        Assert.Contains(message, error.Message);
    }

    private void AssertOpens(byte[] content, JournalState expected, int dropped)
    {
        _warnings.Clear();
        var disk = SimulatedDisk.With(content);
        using (var journal = Open(disk))
        {
            Assert.Equal(expected.ToSnapshot(), journal.State.ToSnapshot());
            Assert.Equal(dropped > 0 ? 1 : 0, _warnings.Count);
            if (dropped > 0) Assert.Contains($"{disk.Name} ended in {dropped} bytes", _warnings[0]);
            journal.Append(Records.Step(50), durable: true);
        }
        using var again = Open(disk);
        Assert.Equal(expected.Apply(Records.Step(50)).ToSnapshot(), again.State.ToSnapshot());
    }

    private FileJournal Open(SimulatedDisk disk) => FileJournal.Open(disk, new ManualTime(), _warnings.Add);

    private static byte[] Flipped(byte[] bytes, int at, byte flip)
    {
        var flipped = bytes.ToArray();
        flipped[at] ^= flip;
        return flipped;
    }

    // The file, where the header and each record end, and the state there.
    private (byte[] Bytes, List<int> Ends, List<JournalState> States) Written(bool durable)
    {
        var disk = new SimulatedDisk(0);
        using var journal = Open(disk);
        var (ends, states) = (new List<int> { disk.Content.Length }, new List<JournalState> { journal.State });
        foreach (var record in Records.Story)
        {
            journal.Append(record, durable);
            ends.Add(disk.Content.Length);
            states.Add(journal.State);
        }
        return (disk.Content, ends, states);
    }
}
