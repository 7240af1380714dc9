using System.Globalization;

namespace Lockstep.Node.Replica.Devices;

/// <summary>A device as settings name it: cpu, cuda (the first GPU) or cuda:N.</summary>
/// <param name="IsCuda">False: the CPU.</param>
/// <param name="Index">Of the GPU, from 0.</param>
public readonly record struct DeviceName(bool IsCuda, int Index)
{
    private const string Cpu = "cpu", Cuda = "cuda";

    /// <summary>Null for a text that names no device.</summary>
    public static DeviceName? Parse(string text)
    {
        if (text == Cpu) return default(DeviceName);
        if (text == Cuda) return new(IsCuda: true, 0);
        var prefix = $"{Cuda}:";
        return text.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(text.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new(IsCuda: true, index)
            : null;
    }

    /// <summary>What is wrong with the value of a setting; null: nothing.</summary>
    public static string? Fault(string setting, string text) =>
        Parse(text) is null ? $"{setting} is '{text}'; it must be cpu, cuda (the first GPU) or cuda:N (GPU N, counted from 0)" : null;

    /// <summary>The device of one of several nodes of a machine: "cuda" stands for its GPUs in turns, "cuda:N" for one that all share.</summary>
    /// <param name="text">The setting.</param>
    /// <param name="node">Number of the node, from 0.</param>
    /// <param name="gpus">GPUs of the machine; asked for only where they are shared out.</param>
    public static string OfNode(string text, int node, Func<int> gpus) => text == Cuda ? new DeviceName(IsCuda: true, node % gpus()).ToString() : text;

    /// <summary>Why a machine has not got this device; null: it has.</summary>
    public string? MissingOn(CudaMachine machine, string setting)
    {
        if (!IsCuda || Index < machine.Count) return null;
        if (!machine.IsBuilt)
            return $"{setting}={this}, but libtorch is one without CUDA here. Use {setting}=cpu, or install a libtorch for CUDA (docs/architecture.md, \"GPU nodes\")";
        if (machine.Count == 0)
            return $"{setting}={this}, but libtorch finds no GPU here. Use {setting}=cpu, or see what 'nvidia-smi' finds, whether CUDA_VISIBLE_DEVICES hides it, and whether the container was given it";
        var there = machine.Count == 1 ? "there is one GPU, cuda:0. Name it" : $"there are {machine.Count} GPUs, cuda:0 to cuda:{machine.Count - 1}. Name one of them";
        return $"{setting}={this}, but {there}, or see whether CUDA_VISIBLE_DEVICES hides others";
    }

    public override string ToString() => IsCuda ? string.Create(CultureInfo.InvariantCulture, $"{Cuda}:{Index}") : Cpu;
}
