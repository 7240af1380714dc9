using Lockstep.Models.Replica;

namespace Lockstep.Models.Tests.Replica;

public sealed class FlatLayoutTests
{
    [Fact]
    public void Offsets_AreAlignedTo64Bytes_AndInOrder()
    {
        var layout = new FlatLayout([("a", [3, 5]), ("b", [16]), ("c", []), ("d", [1])]);
        Assert.Equal([0, 16, 32, 48], layout.Entries.Select(e => e.Offset));
        Assert.Equal([15, 16, 1, 1], layout.Entries.Select(e => e.Length));
        Assert.Equal(64, layout.Length);
    }

    [Fact]
    public void Layout_NameTwice_IsRejected() =>
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => new FlatLayout([("a", [1]), ("a", [2])])).Message);

    [Fact]
    public void Layout_UnknownName_SaysWhich()
    {
        var layout = new FlatLayout([("a", [1])]);
        Assert.False(layout.Contains("z"));
        Assert.Contains("'z'", Assert.Throws<KeyNotFoundException>(() => layout["z"]).Message);
    }

    [Fact]
    public void View_Written_ChangesTheBuffer()
    {
        using var buffer = new FlatBuffer(new FlatLayout([("a", [2, 2]), ("b", [3])]));
        using var view = buffer.View("b");
        view.fill_(7);
        Assert.Equal([7f, 7f, 7f], buffer.SpanOf("b").ToArray());
        Assert.Equal(0f, buffer.SpanOf("a")[3]);
        Assert.Equal(7f, buffer.Span[16]);
    }
}
