namespace Lockstep.Models.Weights.Pth;

/// <summary>
/// The Python names that a state dict may ask for, and what stands for them here: nothing is imported, nothing runs.
/// Views are checked as they are made.
/// </summary>
/// <param name="zip">Holds the storages.</param>
/// <param name="folder">The top folder in the zip.</param>
/// <param name="file">For messages.</param>
internal sealed class PthObjects(StoredZip zip, string folder, string file)
{
    private static readonly Dictionary<string, PthGlobal> Known = new PthGlobal[]
    {
        new("collections.OrderedDict", PthGlobal.Meaning.OrderedDict),
        new("torch._utils._rebuild_tensor_v2", PthGlobal.Meaning.Tensor),
        new("torch._utils._rebuild_parameter", PthGlobal.Meaning.Parameter),
        new("torch.Size", PthGlobal.Meaning.Size),
        new("torch.DoubleStorage", PthGlobal.Meaning.Storage, "F64"),
        new("torch.FloatStorage", PthGlobal.Meaning.Storage, "F32"),
        new("torch.HalfStorage", PthGlobal.Meaning.Storage, "F16"),
        new("torch.BFloat16Storage", PthGlobal.Meaning.Storage, "BF16"),
        new("torch.LongStorage", PthGlobal.Meaning.Storage, "I64"),
        new("torch.IntStorage", PthGlobal.Meaning.Storage, "I32"),
        new("torch.ShortStorage", PthGlobal.Meaning.Storage, "I16"),
        new("torch.CharStorage", PthGlobal.Meaning.Storage, "I8"),
        new("torch.ByteStorage", PthGlobal.Meaning.Storage, "U8"),
        new("torch.BoolStorage", PthGlobal.Meaning.Storage, "BOOL"),
        new("torch.ComplexFloatStorage", PthGlobal.Meaning.Storage, "C64"),
        new("torch.storage.UntypedStorage", PthGlobal.Meaning.Storage, "U8"),
        // DINO's full checkpoints hold their arguments; those of runs under submitit have a path among them.
        new("argparse.Namespace", PthGlobal.Meaning.Inert),
        new("pathlib.PosixPath", PthGlobal.Meaning.Inert),
        new("pathlib.WindowsPath", PthGlobal.Meaning.Inert),
    }.ToDictionary(g => g.Name, StringComparer.Ordinal);

    private readonly Dictionary<string, PthStorage> _storages = new(StringComparer.Ordinal);

    /// <summary>Null for a name that no state dict needs.</summary>
    public static PthGlobal? Find(string module, string name) => Known.GetValueOrDefault($"{module}.{name}");

    /// <summary>What a call of the name gives.</summary>
    public object Call(PthGlobal global, PickleTuple arguments) => (global.Kind, arguments.Items) switch
    {
        (PthGlobal.Meaning.OrderedDict, []) => new PickleDict(),
        (PthGlobal.Meaning.Inert, _) => PickleInert.Value,
        (PthGlobal.Meaning.Size, [PickleTuple sizes]) => sizes,
        (PthGlobal.Meaning.Parameter, [PthView tensor, ..]) => tensor,
        (PthGlobal.Meaning.Tensor, [PthStorage storage, long offset, PickleTuple sizes, PickleTuple strides, ..]) => View(storage, offset, sizes, strides),
        _ => throw Fault($"it calls {global.Name} with other arguments than torch does"),
    };

    /// <summary>The storage that a persistent id names: ("storage", type, key, device, number of values).</summary>
    public PthStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PthGlobal { Kind: PthGlobal.Meaning.Storage } type, string key, string, long count] })
            throw Fault("it refers to a storage in a way that torch does not");
        if (!_storages.TryGetValue(key, out var storage))
        {
            var entry = zip.Entries.GetValueOrDefault($"{folder}/data/{key}") ?? throw Fault($"it has no storage '{Shortened(key)}'");
            storage = _storages[key] = new PthStorage(entry, type.Dtype, count);
            var (size, bytes) = (Dtypes.SizeOf(type.Dtype), entry.Size);
            if (count < 0 || count > bytes / size || count * size != bytes) throw Fault($"storage '{key}' has {bytes} bytes for {count} values of {type.Dtype}");
        }
        return storage.Dtype == type.Dtype && storage.Count == count ? storage : throw Fault($"storage '{key}' is said to have two types or sizes");
    }

    private PthView View(PthStorage storage, long offset, PickleTuple sizes, PickleTuple strides)
    {
        var view = new PthView(storage, offset, Numbers(sizes), Numbers(strides));
        return view.Fault() is { } fault
            ? throw Fault($"a tensor [{string.Join(", ", view.Shape.Take(8))}] with strides [{string.Join(", ", view.Strides.Take(8))}] from value {offset} of storage '{storage.Entry.Name}' on cannot be read: {fault}")
            : view;
    }

    private long[] Numbers(PickleTuple tuple) => [.. tuple.Items.Select(item => item is long number ? number : throw Fault("a size or stride is no 64-bit number"))];

    private InvalidDataException Fault(string fault) => new($"{file} is not a readable PyTorch file: {fault}");

    private static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "...";
}
