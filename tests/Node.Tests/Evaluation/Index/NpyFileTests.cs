using Lockstep.Node.Evaluation.Index;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation.Index;

public sealed class NpyFileTests
{
    // numpy.save of numpy.arange(6, dtype='<f4').reshape(3, 2) / 4, by NumPy 1.24.
    private const string ByNumPy =
        "k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAACAPgAAAD8AAEA/AACAPwAAoD8=";

    [Fact]
    public void Write_IsByteForByteNumPys()
    {
        using var stream = new MemoryStream();
        NpyFile.Write(stream, [0, 0.25f, 0.5f, 0.75f, 1, 1.25f], columns: 2);
        Assert.Equal(ByNumPy, Convert.ToBase64String(stream.ToArray()));
    }

    [Fact]
    public void Read_NumPysFile_GivesItsNumbers()
    {
        using var folder = new DataFolder();
        File.WriteAllBytes(folder.PathOf("a.npy"), Convert.FromBase64String(ByNumPy));
        var (values, columns) = NpyFile.Read(folder.PathOf("a.npy"));
        Assert.Equal([0, 0.25f, 0.5f, 0.75f, 1, 1.25f], values);
        Assert.Equal(2, columns);
    }

    [Theory]
    [InlineData(0, 5, "no .npy file")]
    [InlineData(0, 60, "ends in its header")]
    [InlineData(0, 150, "bytes of numbers")]
    [InlineData(6, 0, "has format 0.0")]
    [InlineData(23, 0, "not float32")]
    [InlineData(61, 0, "not float32")]
    public void Read_Spoiled_IsRefusedByName(int at, int cut, string reason)
    {
        using var folder = new DataFolder();
        var bytes = Convert.FromBase64String(ByNumPy);
        bytes[at] = at == 0 ? bytes[0] : (byte)0;
        File.WriteAllBytes(folder.PathOf("bad.npy"), cut == 0 ? bytes : bytes[..cut]);
        var error = Assert.Throws<InvalidDataException>(() => NpyFile.Read(folder.PathOf("bad.npy")));
        Assert.Contains("bad.npy", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
