using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lockstep.Node.Images;
using Lockstep.Node.Replica.Devices;
using TorchSharp;

namespace Lockstep.Node.Replica;

/// <summary>What decides the bits of a kernel's result: processor, instruction set, math libraries, threads; on a GPU its model too.</summary>
public static partial class KernelFingerprint
{
    // Variables by which the math libraries choose their kernels.
    private static readonly string[] Deciding = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY"];
    private static readonly string[] DecidingIfSet = ["MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE"];
    private static readonly string[] DecidingOnCuda = ["CUBLAS_WORKSPACE_CONFIG", "NVIDIA_TF32_OVERRIDE"];

    /// <summary>Readable facts and their hash, e.g. "AMD EPYC 9R14; x64 avx512; libtorch_cpu.so 180M; threads 1 (3f2a…)".</summary>
    /// <param name="device">Where lanes compute; null: on the CPU.</param>
    public static string Compute(ComputeDevice? device = null)
    {
        using (torch.zeros(1)) { } // libraries are mapped by their first use
        if (device is { IsCuda: true }) UseOnce(device.Device);
        using (var decoder = new ImageDecoder())
        {
            decoder.Decode(PngEncoder.Encode([0, 0, 0], 1, 1, PngPixels.Rgb), new DecodedImage());
            decoder.Decode(WebpEncoder.EncodeLossless([0, 0, 0], 1, 1), new DecodedImage());
        }
        var facts = new StringBuilder()
            .Append(ProcessorName()).Append("; ")
            .Append(RuntimeInformation.ProcessArchitecture).Append(Avx512F.IsSupported ? " avx512" : Avx2.IsSupported ? " avx2" : "").Append("; ")
            .AppendJoin(", ", MathLibraries()).Append("; threads ").Append(torch.get_num_threads())
            .Append("; .NET ").Append(Environment.Version)
            .AppendJoin("", Deciding.Select(Variable))
            .Append(OfVariablesThatAreSet(Environment.GetEnvironmentVariable))
            .Append(OfDevice(device))
            .ToString();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts)));
        return $"{facts} ({hash[..12]})";
    }

    // A processor's facts stay as they were: nodes of runs that have begun are compared by them.
    internal static string OfDevice(ComputeDevice? device) => device is { IsCuda: true }
        ? $"; CUDA, {CudaMachine.ModelOf(device.Device.index)}{string.Concat(DecidingOnCuda.Select(Variable))}"
        : "";

    internal static string OfVariablesThatAreSet(Func<string, string?> variable) =>
        string.Concat(DecidingIfSet.Where(name => variable(name) is { Length: > 0 }).Select(name => $"; {name}={variable(name)}"));

    private static string Variable(string name) => $"; {name}={Environment.GetEnvironmentVariable(name) ?? ""}";

    // cuBLAS and cuDNN load their parts when they are needed.
    private static void UseOnce(torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var images = torch.ones([1, 4, 8, 8], dtype: torch.ScalarType.Float32, device: device);
        var kernels = torch.ones([4, 4, 3, 3], dtype: torch.ScalarType.Float32, device: device, requires_grad: true);
        var maps = torch.nn.functional.conv2d(images, kernels, null, [1L, 1L], [1L, 1L]);
        torch.matmul(maps.reshape(4, 64), maps.reshape(64, 4)).sum().backward();
    }

    private static string ProcessorName()
    {
        if (!File.Exists("/proc/cpuinfo")) return "unknown processor";
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }

    // Name and size tell two builds of a library apart well enough, and cost nothing.
    private static IEnumerable<string> MathLibraries() => MappedLibraries.Paths()
        .Where(p => MathLibrary().IsMatch(p))
        .Select(p => $"{Path.GetFileName(p)} {new FileInfo(p).Length}")
        .Order(StringComparer.Ordinal);

    [GeneratedRegex(@"/lib(torch_cpu|torch_cuda|openblas|mkl_core|blas|cublas|cudnn|turbojpeg|png16|webp|m\.so)[^/]*$")]
    private static partial Regex MathLibrary();
}
