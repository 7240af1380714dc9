using TorchSharp;

namespace Lockstep.Node.Replica.Devices;

/// <summary>What there is of CUDA on this machine.</summary>
/// <param name="IsBuilt">This libtorch is one for CUDA.</param>
/// <param name="Count">GPUs that it finds.</param>
public sealed record CudaMachine(bool IsBuilt, int Count)
{
    // TorchSharp has no get_device_properties; the driver tells here. One folder a GPU, named by its place on the bus.
    private const string DriverFolder = "/proc/driver/nvidia/gpus";

    /// <summary>This machine. Loads libtorch.</summary>
    public static CudaMachine Look()
    {
        var count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        return new(count > 0 || MappedLibraries.Paths().Any(path => Path.GetFileName(path).StartsWith("libtorch_cuda", StringComparison.Ordinal)), count);
    }

    /// <summary>
    /// The model of a GPU, e.g. "NVIDIA H200". Where a machine has several models, all of them and the GPU's index: the driver
    /// counts GPUs in another order than CUDA.
    /// </summary>
    public static string ModelOf(int index) => ModelOf(index, Models());

    internal static string ModelOf(int index, IReadOnlyList<string> models) => models.Distinct().Order(StringComparer.Ordinal).ToArray() switch
    {
        [] => "a GPU of a model that the driver does not tell",
        [var one] => one,
        var several => $"GPU {index} of {string.Join(" and ", several)}{Visible()}",
    };

    // CUDA counts only these.
    private static string Visible() => Environment.GetEnvironmentVariable("CUDA_VISIBLE_DEVICES") is { Length: > 0 } visible ? $" (CUDA_VISIBLE_DEVICES={visible})" : "";

    private static List<string> Models()
    {
        var models = new List<string>();
        if (!Directory.Exists(DriverFolder)) return models;
        foreach (var gpu in Directory.EnumerateDirectories(DriverFolder))
        {
            var file = Path.Combine(gpu, "information");
            if (!File.Exists(file)) continue;
            models.AddRange(File.ReadLines(file).Where(line => line.StartsWith("Model:", StringComparison.Ordinal)).Select(line => line["Model:".Length..].Trim()));
        }
        return models;
    }
}
