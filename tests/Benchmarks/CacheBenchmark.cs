using System.Diagnostics;
using System.Globalization;
using Lockstep.Cli.Commands;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Cache;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Recipes;

namespace Lockstep.Benchmarks;

/// <summary>
/// Reading encoded images in shuffled order, by one thread: file by file, from the memory cache, from the disk cache. All
/// files are in the system's page cache, so this is what the software costs, not the disk.
/// </summary>
internal static class CacheBenchmark
{
    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var epochs = arguments.Int("--epochs", 5);
        var folder = Directory.CreateTempSubdirectory("lockstep-bench-").FullName;
        try
        {
            var train = arguments.Text("--train");
            if (train is null)
            {
                SamplesCommand.Write(Path.Combine(folder, "samples"), trainPerClass: 40, testPerClass: 0, seed: 0, size: 500);
                train = Path.Combine(folder, "samples", "train");
            }
            var files = SampleSource.Open(train);
            Console.WriteLine(Machine.Describe());
            var plain = Measure("files", files, epochs, 0);
            foreach (var kind in new[] { "memory", "disk" })
            {
                var options = new DataOptions { Cache = kind, CacheMiB = 16 * 1024, CacheFolder = Path.Combine(folder, "cache") };
                using (var source = CachedSource.Open(files, options, Console.Error.WriteLine)!) Measure(kind, source, epochs, plain);
            }
            var watch = Stopwatch.StartNew();
            using var again = CachedSource.Open(files, new DataOptions { Cache = "disk", CacheMiB = 16 * 1024, CacheFolder = Path.Combine(folder, "cache") }, Console.Error.WriteLine)!;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"opened again in {watch.Elapsed.TotalMilliseconds:F1} ms: {again}"));
            OpenLarge(folder, arguments.Int("--entries", 1_300_000));
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Measure(string name, ISampleSource source, int epochs, double plain)
    {
        byte[] buffer = [];
        var orders = Enumerable.Range(0, epochs + 1).Select(epoch =>
        {
            var order = Enumerable.Range(0, source.Count).ToArray();
            new Random(epoch).Shuffle(order);
            return order;
        }).ToList();
        Read(source, orders[0], ref buffer); // fills the caches
        var (bytes, allocated, watch) = (0L, GC.GetAllocatedBytesForCurrentThread(), Stopwatch.StartNew());
        foreach (var order in orders.Skip(1)) bytes += Read(source, order, ref buffer);
        var (seconds, images) = (watch.Elapsed.TotalSeconds, (double)epochs * source.Count);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var speed = images / seconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-8} {speed,10:N0} images/s  {bytes / seconds / 1e6,8:N0} MB/s  {1e6 / speed,7:F1} us an image of {bytes / images / 1000:F1} kB  {allocated / images,6:F1} B allocated{(plain > 0 ? $"  {speed / plain:F1} x files" : "")}"));
        return speed;
    }

    // The index of as many images as ImageNet has; the slabs have their size, but nothing in them.
    private static void OpenLarge(string folder, int entries)
    {
        const int PerSlab = 600, Bytes = 110_000;
        var root = Path.Combine(folder, "large");
        using (var place = CacheFolder.Claim(root, "feed"))
        using (var index = CacheIndex.Open(place.Path, [], isWhole: false))
        {
            for (var i = 0; i < entries; i++) index.Append(new(i, new(i / PerSlab, (uint)(i % PerSlab * Bytes), Bytes, 0)));
            for (var slab = 0; slab * PerSlab < entries; slab++)
            {
                using var file = File.Create(Path.Combine(place.Path, string.Create(CultureInfo.InvariantCulture, $"slab-{slab:000000}.bin")));
                file.SetLength(PerSlab * Bytes);
            }
        }
        var (before, watch) = (GC.GetTotalMemory(forceFullCollection: true), Stopwatch.StartNew());
        using var cache = DiskCache.Open(root, "feed", entries, 1L << 40, 1 << 26, Console.Error.WriteLine)!;
        var seconds = watch.Elapsed.TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"index of {cache.Samples:N0} images, {cache.Bytes >> 30} GiB: opened in {seconds:F2} s, {(GC.GetTotalMemory(forceFullCollection: true) - before) / 1e6:F0} MB"));
    }

    private static long Read(ISampleSource source, int[] order, ref byte[] buffer)
    {
        var bytes = 0L;
        foreach (var sample in order) bytes += source.Read(sample, ref buffer);
        return bytes;
    }
}
