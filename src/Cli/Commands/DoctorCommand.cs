using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Lockstep.Cli.Recipes;
using Lockstep.Node.Images;
using Lockstep.Node.Replica;
using Lockstep.Node.Replica.Devices;
using TorchSharp;

namespace Lockstep.Cli.Commands;

/// <summary>lockstep doctor: does this machine have what a run needs?</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Checks this machine: libraries, recipes, disk, network, settings. Exit status 1 if something is wrong.");
        command.SetAction(_ =>
        {
            var failures = 0;
            Check("runtime", () => $"{RuntimeInformation.FrameworkDescription}, {Environment.ProcessorCount} processors, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB");
            Check("torch", Torch);
            Check("kernel", () => KernelFingerprint.Compute());
            Check("devices", Devices);
            Check("jpeg", () => RoundTrip(JpegEncoder.EncodeRgb(new byte[16 * 16 * 3], 16, 16)));
            Check("png", () => RoundTrip(PngEncoder.Encode(new byte[16 * 16 * 3], 16, 16, PngPixels.Rgb)));
            Check("webp", () => RoundTrip(WebpEncoder.EncodeLossless(new byte[16 * 16 * 3], 16, 16)));
            Check("recipes", () => $"{RecipeFolder.All.Select(r => RecipeLoader.Load(r, ["Run:Folder=runs/doctor"])).Count()} recipes are valid");
            Check("disk", Disk);
            Check("loopback", Loopback);
            Check("threads", Threads);
            Console.WriteLine(failures == 0 ? "all well" : $"{failures} checks failed");
            return failures == 0 ? 0 : 1;

            void Check(string name, Func<string> look)
            {
                try
                {
                    Console.WriteLine($"  ok     {name,-10} {look()}");
                }
                catch (Exception e)
                {
                    failures++;
                    Console.WriteLine($"  FAILED {name,-10} {e.Message}");
                }
            }
        });
        return command;
    }

    private static string Torch()
    {
        using var scope = torch.NewDisposeScope();
        var two = torch.ones([2, 2], dtype: torch.ScalarType.Float32).matmul(torch.ones([2, 2], dtype: torch.ScalarType.Float32));
        if (two.sum().item<float>() != 8) throw new InvalidOperationException("a matrix product gives a wrong result");
        return $"{typeof(torch).Assembly.GetName().Name} {typeof(torch).Assembly.GetName().Version?.ToString(3)} computes";
    }

    private static string Devices() => CudaMachine.Look() switch
    {
        { Count: > 0 } machine => $"cpu, {string.Join(", ", Enumerable.Range(0, machine.Count).Select(Gpu))} (Node:Device)",
        { IsBuilt: true } => "cpu; libtorch is one for CUDA, but finds no GPU",
        _ => "cpu; libtorch is one without CUDA",
    };

    // A product on each: a GPU that is there may still not compute.
    private static string Gpu(int index)
    {
        var device = ComputeDevice.Open("Node:Device", $"cuda:{index}");
        using var scope = torch.NewDisposeScope();
        var two = torch.ones([2, 2], dtype: torch.ScalarType.Float32, device: device.Device);
        if (two.matmul(two).sum().item<float>() != 8) throw new InvalidOperationException($"a matrix product on {device} gives a wrong result");
        return device.ToString();
    }

    private static string RoundTrip(byte[] file)
    {
        using var decoder = new ImageDecoder();
        var image = new DecodedImage();
        decoder.Decode(file, image);
        return image is { Width: 16, Height: 16 } ? "encodes and decodes" : throw new InvalidOperationException("an image came back in another size");
    }

    private static string Disk()
    {
        var free = new DriveInfo(Path.GetFullPath(".")).AvailableFreeSpace;
        return free > 1L << 30
            ? string.Create(CultureInfo.InvariantCulture, $"{free / 1e9:F0} GB free here")
            : throw new IOException($"only {free >> 20} MiB are free here; a checkpoint of ViT-S takes 700 MB. Free some space.");
    }

    private static string Loopback()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return $"port {((IPEndPoint)listener.LocalEndpoint).Port} can be opened";
    }

    private static string Threads() =>
        Environment.GetEnvironmentVariable("OPENBLAS_NUM_THREADS") == "1" && Environment.GetEnvironmentVariable("OMP_NUM_THREADS") == "1"
            ? "one a microbatch"
            : throw new InvalidOperationException("OMP_NUM_THREADS and OPENBLAS_NUM_THREADS must be 1, or results depend on the machine's cores. Start the tool by ./lockstep, or set them.");
}
