using System.Diagnostics;
using System.Globalization;
using System.Text;
using Lockstep.Node.Data.Index;
using Lockstep.Node.Data.Sources;

namespace Lockstep.Benchmarks;

/// <summary>
/// What a dataset of ImageNet's size costs at the start of a process: an index of so many entries in a thousand real
/// folders, opened by a fresh process. Prints time, memory and bytes an entry.
/// </summary>
internal static class DataIndexBenchmark
{
    /// <summary>What the benchmark starts: opens a folder by its index and prints what it took.</summary>
    public const string OpenCommand = "data-index-open";

    private const int PerClass = 1300;

    public static async Task<int> RunAsync(string[] args)
    {
        var entries = new Arguments(args).Int("--entries", 1_300_000);
        var folder = Directory.CreateTempSubdirectory("lockstep-index-");
        try
        {
            Console.WriteLine(Machine.Describe());
            var (resident, started) = (Machine.ResidentMegabytes(Environment.ProcessId), Stopwatch.GetTimestamp());
            var listing = Listing(folder.FullName, entries);
            Write($"{entries:N0} names gathered, sorted and hashed in {Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s; this process has grown by at most {Machine.PeakMegabytes() - resident:F0} MiB; {listing.Stamps.Count - 1:N0} folders (no file is made or looked at)");
            started = Stopwatch.GetTimestamp();
            var bytes = IndexFile.Write(Path.Combine(folder.FullName, IndexFile.Extension), folder.FullName, listing);
            Write($"index of {bytes / 1e6:F1} MB written in {Stopwatch.GetElapsedTime(started).TotalSeconds:F2} s");
            using var child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [OpenCommand, folder.FullName]))!;
            await child.WaitForExitAsync();
            return child.ExitCode;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    public static int Open(string[] args)
    {
        var folder = args[0];
        Settle();
        var (resident, heap, allocated) = (Machine.ResidentMegabytes(Environment.ProcessId), GC.GetTotalMemory(forceFullCollection: true), GC.GetAllocatedBytesForCurrentThread());
        var started = Stopwatch.GetTimestamp();
        var source = SampleSource.Open(folder, warning => throw new InvalidOperationException(warning));
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var peak = Machine.ResidentMegabytes(Environment.ProcessId) - resident;
        Settle();
        heap = GC.GetTotalMemory(forceFullCollection: true) - heap;
        Write($"opened by a fresh process in {seconds:F2} s ({source.Count:N0} images, {source.Classes.Count:N0} classes; the last is {source.NameOf(source.Count - 1)})");
        Write($"the process grew by {peak:F0} MiB; {heap / 1e6:F1} MB stay on the heap, {(double)heap / source.Count:F1} bytes an entry; allocated in all {(double)allocated / source.Count:F1} bytes an entry");
        GC.KeepAlive(source);
        return 0;
    }

    private static SampleListing Listing(string folder, int entries)
    {
        var (samples, stamps) = (new SampleTableBuilder(), new List<IndexStamp>());
        for (var i = entries - 1; i >= 0; i--) // not in order, so that sorting has to work
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"n{1440764 + i / PerClass * 977:D8}");
            if (i % PerClass == 0)
            {
                Directory.CreateDirectory(Path.Combine(folder, name));
                stamps.Add(IndexStamp.OfFolder(folder, name));
            }
            samples.Add(Encoding.UTF8.GetBytes(name + "/"), string.Create(CultureInfo.InvariantCulture, $"{name}_{i % PerClass * 37 % 100_000}.JPEG"), 110_000 + i % 50_000);
        }
        samples.Sort();
        var top = FolderTop.Read(folder);
        return new SampleListing(samples.Build(), [new IndexStamp("", top.Entries, top.NamesHash), .. stamps]);
    }

    private static void Settle()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static void Write(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
