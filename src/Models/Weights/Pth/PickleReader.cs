using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Lockstep.Models.Weights.Pth;

/// <summary>
/// Interprets pickle, protocols 2 to 5, as far as state dicts need it: a stack, a memo, and values. Names are resolved from
/// <see cref="PthObjects"/>'s list and from nowhere else, so no code can run. Work and memory are bounded by the pickle's size.
/// </summary>
internal sealed class PickleReader(byte[] code, PthObjects objects, string file)
{
    // A full checkpoint of ViT-B has some 20,000 values.
    private const int MaxValues = 1_000_000;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];
    private int _at, _values;

    /// <summary>The object that the pickle makes.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged, asks for something that no state dict needs, or is beyond a limit.</exception>
    public object? Read()
    {
        if (Byte() != (byte)PickleOpcode.Proto || Byte() is var protocol && protocol is < 2 or > 5) throw Fault("it is none of protocol 2 to 5");
        for (var opcode = (PickleOpcode)Byte(); opcode != PickleOpcode.Stop; opcode = (PickleOpcode)Byte()) Execute(opcode);
        if (_marks.Count > 0 || _stack.Count != 1) throw Fault($"it ends with {_stack.Count} values where one belongs");
        return _at == code.Length ? _stack[0] : throw Fault($"{code.Length - _at} bytes follow its end");
    }

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Frame: _ = Take(8); break; // only says how much to read ahead
            case PickleOpcode.Mark: _marks.Push(_stack.Count); CountValue(); break;
            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.Newtrue: Push(true); break;
            case PickleOpcode.Newfalse: Push(false); break;
            case PickleOpcode.Binint: Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case PickleOpcode.Binint1: Push((long)Byte()); break;
            case PickleOpcode.Binint2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case PickleOpcode.Long1: Push(Integer(Take(Byte()))); break;
            case PickleOpcode.Binfloat: Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case PickleOpcode.ShortBinunicode: Push(Text(Take(Byte()))); break;
            case PickleOpcode.Binunicode: Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); break;
            case PickleOpcode.Binunicode8: Push(Text(Take(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))))); break;
            case PickleOpcode.EmptyTuple: Push(new PickleTuple([])); break;
            case PickleOpcode.Tuple1: Push(new PickleTuple(Pop(1))); break;
            case PickleOpcode.Tuple2: Push(new PickleTuple(Pop(2))); break;
            case PickleOpcode.Tuple3: Push(new PickleTuple(Pop(3))); break;
            case PickleOpcode.Tuple: Push(new PickleTuple(PopToMark())); break;
            case PickleOpcode.EmptyList: Push(PickleInert.Value); break;
            case PickleOpcode.Append: _ = Pop(1); _ = Top<PickleInert>("list"); break;
            case PickleOpcode.Appends: _ = PopToMark(); _ = Top<PickleInert>("list"); break;
            case PickleOpcode.EmptyDict: Push(new PickleDict()); break;
            case PickleOpcode.Setitem: SetItems(Pop(2)); break;
            case PickleOpcode.Setitems: SetItems(PopToMark()); break;
            case PickleOpcode.Binput: Memoize(Byte()); break;
            case PickleOpcode.LongBinput: Memoize(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;
            case PickleOpcode.Memoize: Memoize((uint)_memo.Count); break;
            case PickleOpcode.Binget: Push(Recall(Byte())); break;
            case PickleOpcode.LongBinget: Push(Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case PickleOpcode.Global: Push(Find(Line(), Line())); break;
            case PickleOpcode.StackGlobal: Push(Pop(2) is [string module, string name] ? Find(module, name) : throw Fault("a name is no text")); break;
            case PickleOpcode.Reduce or PickleOpcode.Newobj: Push(Pop(2) is [PthGlobal global, PickleTuple arguments] ? objects.Call(global, arguments) : throw Fault("it calls what cannot be called")); break;
            case PickleOpcode.Build: Build(Pop(1)[0]); break;
            case PickleOpcode.Binpersid: Push(objects.Storage(Pop(1)[0])); break;
            default: throw Fault($"instruction 0x{(byte)opcode:x2} is none that a state dict needs");
        }
    }

    private InvalidDataException Fault(string fault) => new($"{file} is not a readable PyTorch file: its pickle cannot be used, {fault} (byte {_at} of {code.Length})");

    private PthGlobal Find(string module, string name) => PthObjects.Find(module, name) ?? throw new InvalidDataException(
        $"{file} asks for '{module}.{name}', which is no part of a state dict; nothing of it was run. If you trust where it comes from, load it with torch and save its state dict alone: torch.save(model.state_dict(), path), or as safetensors");

    private void SetItems(IReadOnlyList<object?> items)
    {
        var dict = Top<PickleDict>("dict");
        if (items.Count % 2 != 0) throw Fault("a key has no value");
        for (var i = 0; i < items.Count; i += 2) dict.Set(items[i], items[i + 1]);
    }

    // State of an OrderedDict (versions of modules) and of an inert object: not needed.
    private void Build(object? state)
    {
        if (state is not PickleDict || _stack.Count == Floor || _stack[^1] is not (PickleDict or PickleInert)) throw Fault("it sets the state of something that has none");
    }

    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    private void Push(object? value)
    {
        CountValue();
        _stack.Add(value);
    }

    private void CountValue()
    {
        if (++_values > MaxValues) throw Fault($"it makes more than {MaxValues} values");
    }

    private object?[] Pop(int count)
    {
        if (_stack.Count - Floor < count) throw Fault("its stack is empty");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Fault("it has no mark");
        var values = Pop(_stack.Count - Floor);
        _marks.Pop();
        return values;
    }

    private T Top<T>(string kind) where T : class => _stack.Count > Floor && _stack[^1] is T value ? value : throw Fault($"it adds to what is no {kind}");

    private void Memoize(uint place)
    {
        if (_stack.Count == Floor) throw Fault("its stack is empty");
        _memo[place] = _stack[^1];
        CountValue();
    }

    private object? Recall(uint place) => _memo.TryGetValue(place, out var value) ? value : throw Fault($"nothing is in place {place} of its memo");

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(code.Length - _at)) throw Fault("it ends in the middle");
        var bytes = code.AsSpan(_at, (int)count);
        _at += (int)count;
        return bytes;
    }

    private string Line()
    {
        var length = code.AsSpan(_at).IndexOf((byte)'\n');
        if (length < 0) throw Fault("it ends in the middle");
        var text = Text(Take((uint)length));
        _at++;
        return text;
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Fault("a text is no UTF-8");
        }
    }

    private static object Integer(ReadOnlySpan<byte> bytes)
    {
        var value = new BigInteger(bytes);
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }
}
