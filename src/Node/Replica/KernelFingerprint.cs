using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Lockstep.Node.Images;
using TorchSharp;

namespace Lockstep.Node.Replica;

/// <summary>What decides the bits of a kernel's result: processor, instruction set, math libraries, threads.</summary>
public static partial class KernelFingerprint
{
    // Variables by which the math libraries choose their kernels.
    private static readonly string[] Deciding = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY"];

    /// <summary>Readable facts and their hash, e.g. "AMD EPYC 9R14; x64 avx512; libtorch_cpu.so 180M; threads 1 (3f2a…)".</summary>
    public static string Compute()
    {
        using (torch.zeros(1)) { } // libraries are mapped by their first use
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
            .AppendJoin("", Deciding.Select(v => $"; {v}={Environment.GetEnvironmentVariable(v) ?? ""}"))
            .ToString();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts)));
        return $"{facts} ({hash[..12]})";
    }

    private static string ProcessorName()
    {
        if (!File.Exists("/proc/cpuinfo")) return "unknown processor";
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal));
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }

    // Name and size tell two builds of a library apart well enough, and cost nothing.
    private static IEnumerable<string> MathLibraries()
    {
        if (!File.Exists("/proc/self/maps")) return [];
        return File.ReadLines("/proc/self/maps")
            .Select(l => l[(l.LastIndexOf(' ') + 1)..])
            .Where(p => MathLibrary().IsMatch(p) && File.Exists(p))
            .Distinct()
            .Select(p => $"{Path.GetFileName(p)} {new FileInfo(p).Length}")
            .Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(@"/lib(torch_cpu|torch_cuda|openblas|mkl_core|blas|cublas|cudnn|turbojpeg|png16|webp|m\.so)[^/]*$")]
    private static partial Regex MathLibrary();
}
