using System.Buffers.Binary;
using System.Text;

namespace Lockstep.Models.Tests.Weights.Pth;

/// <summary>Writes pickle by hand, good and bad.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _bytes = new();

    public PickleWriter(byte protocol = 2) => Raw(0x80, protocol);

    public PickleWriter Raw(params byte[] bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleWriter Op(char opcode) => Raw((byte)opcode);

    public PickleWriter Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        return Op('X').Raw(length).Raw(bytes);
    }

    /// <summary>A number of at most 64 bits, as Python writes one.</summary>
    public PickleWriter Number(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8A, 8).Raw(bytes);
    }

    public PickleWriter Global(string module, string name) => Op('c').Raw(Encoding.UTF8.GetBytes($"{module}\n{name}\n"));

    public PickleWriter Numbers(params long[] values)
    {
        Op('(');
        foreach (var value in values) Number(value);
        return Op('t');
    }

    /// <summary>A persistent id of a storage.</summary>
    public PickleWriter Storage(string key, long count, string type = "FloatStorage") =>
        Op('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Number(count).Op('t').Op('Q');

    /// <summary>A call of _rebuild_tensor_v2.</summary>
    public PickleWriter Tensor(string key, long count, long offset, long[] sizes, long[] strides, string type = "FloatStorage") =>
        Global("torch._utils", "_rebuild_tensor_v2").Op('(').Storage(key, count, type).Number(offset).Numbers(sizes).Numbers(strides)
            .Raw(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    /// <summary>A dict of one key, whose value is what <paramref name="value"/> writes.</summary>
    public PickleWriter Dict(string key, Func<PickleWriter, PickleWriter> value) => value(Op('}').Text(key)).Op('s');

    public byte[] Stop() => Op('.')._bytes.ToArray();
}
