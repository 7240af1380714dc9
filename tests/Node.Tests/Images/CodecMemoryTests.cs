using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Lockstep.Node.Images;
using Xunit;

namespace Lockstep.Node.Tests.Images;

/// <summary>Want of memory must not pass for a broken image: it would be replaced on this node alone.</summary>
public sealed class CodecMemoryTests
{
    private const int Side = 3500;
    private const string Files = "LOCKSTEP_TEST_IMAGES";

    [Theory]
    [InlineData("Insufficient memory (case 4)")] // libjpeg
    [InlineData("Backing store not supported")] // libjpeg where JPEGMEM is exceeded
    [InlineData("tjDecompress2(): Memory allocation failure")] // libturbojpeg
    [InlineData("Out of memory")] // libpng
    [InlineData("IDAT: insufficient memory")] // zlib, through libpng
    public void Require_ReasonOfACodec_IsWantOfMemory(string reason) =>
        Assert.Equal(reason, Assert.Throws<OutOfMemoryException>(() => CodecMemory.Require(reason)).Message);

    [Fact]
    public void Require_AnyOtherReason_IsNone() => CodecMemory.Require("Premature end of JPEG file");

    [Fact]
    public async Task Decode_ProcessWithLittleMemory_IsNoFaultOfTheImage()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-memory-").FullName;
        try
        {
            var pixels = new byte[Side * Side * 3];
            for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i / 3 % Side / 32 + i / (3 * Side) / 32 * (i % 3)); // few colours would be packed
            await File.WriteAllBytesAsync(Path.Join(folder, "a.jpg"), JpegEncoder.EncodeRgb(pixels, Side, Side, progressive: true), TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(Path.Join(folder, "b.webp"), WebpEncoder.EncodeLossless(pixels, Side, Side), TestContext.Current.CancellationToken);
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["-explicit", "only", "-method", $"{typeof(CodecMemoryTests).FullName}.{nameof(Worker)}", "-noLogo", "-noColor"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.Environment[Files] = folder;
            foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MALLOC_", StringComparison.Ordinal)).ToList()) start.Environment.Remove(name); // room that malloc would have beforehand
            using var worker = Process.Start(start)!;
            var (said, errors) = (worker.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), worker.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(worker.ExitCode == 0 && (await said).Contains("Total: 1", StringComparison.Ordinal), await said + await errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>In a process of its own, which may have 16 MiB more than it has; the codecs want twice that.</summary>
    [Fact(Explicit = true)]
    public void Worker()
    {
        using var decoder = new ImageDecoder();
        var image = new DecodedImage();
        decoder.Decode(Pictures.GradientJpeg(20, 20), image);
        image.Resize(Side, Side); // our own part is there
        var files = Directory.EnumerateFiles(Environment.GetEnvironmentVariable(Files)!).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        var used = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmData:", StringComparison.Ordinal));
        var limit = (ulong.Parse(used[7..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) << 10) + (16 << 20);
        const int Data = 2; // RLIMIT_DATA
        Assert.Equal(0, setrlimit(Data, [limit, limit]));
        Assert.Contains("Insufficient memory", Assert.Throws<OutOfMemoryException>(() => decoder.Decode(files[0], image)).Message, StringComparison.Ordinal);
        Assert.Contains("libwebp: out of memory", Assert.Throws<OutOfMemoryException>(() => decoder.Decode(files[1], image)).Message, StringComparison.Ordinal);
        decoder.Decode(Pictures.GradientJpeg(20, 20), image); // the next one may have enough
        Assert.Equal((20, 20), (image.Width, image.Height));
    }

    [DllImport("libc")]
    private static extern int setrlimit(int resource, ulong[] limit);
}
