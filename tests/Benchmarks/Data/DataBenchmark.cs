using System.Globalization;
using Lockstep.Node.Data;
using Lockstep.Node.Data.Sources;
using Lockstep.Node.Images;
using Lockstep.Node.Samples;

namespace Lockstep.Benchmarks.Data;

/// <summary>
/// The way of an image to its crops: images a second and core for each stage and the whole, managed bytes a sample, and the
/// same by torchvision and PIL, in turns. Medians over the turns.
/// </summary>
internal static class DataBenchmark
{
    private const int Turns = 5;
    private const double WarmupSeconds = 3;

    public static int Run(string[] args)
    {
        var arguments = new Arguments(args);
        var (cores, seconds) = (arguments.Int("--cores", 1), arguments.Number("--seconds", 20));
        var made = arguments.Text("--images") is null ? Directory.CreateTempSubdirectory("lockstep-bench-").FullName : null;
        try
        {
            if (made is not null) MakeImages(made);
            var folder = arguments.Text("--images") ?? made!;
            using var peer = TorchvisionPeer.Start(folder, cores);
            Measure(SampleSource.Open(folder), peer, cores, seconds / Turns);
            return 0;
        }
        finally
        {
            if (made is not null) Directory.Delete(made, recursive: true);
        }
    }

    // As many pixels as ImageNet's usual 500 x 375.
    private static void MakeImages(string folder) =>
        SampleSet.Write(Path.Combine(folder, "samples"), trainPerClass: 2, testPerClass: 0, seed: 0, size: 433, (rgb, w, h) => JpegEncoder.EncodeRgb(rgb, w, h));

    private static void Measure(StoredSource source, TorchvisionPeer? peer, int cores, double seconds)
    {
        var workers = Enumerable.Range(0, cores).Select(core => new MultiCropWorker(source, core * source.Count / cores)).ToArray();
        Together(workers, w => w.RunWhole(WarmupSeconds));
        Together(workers, w => w.RunStages(WarmupSeconds));
        peer?.Run(WarmupSeconds);

        List<DataMeasure> whole = [], stages = [], theirs = [];
        for (var turn = 0; turn < Turns; turn++)
        {
            whole.Add(Together(workers, w => w.RunWhole(seconds / 2)));
            stages.Add(Together(workers, w => w.RunStages(seconds / 2)));
            if (peer is not null) theirs.Add(peer.Run(seconds));
        }
        foreach (var worker in workers) worker.Dispose();

        Console.WriteLine($"{Machine.Describe()}");
        Console.WriteLine($"2 crops of 224 and 8 of 96 pixels; {source.Count} images; {cores} core{(cores > 1 ? "s" : "")}; medians of {Turns} turns");
        Console.WriteLine(peer is null
            ? "no peer: install python3-torchvision to compare with torchvision and PIL"
            : $"peer: {peer.Versions}, a process a core, a thread each");
        DataTable.Print(whole, stages, theirs);
    }

    private static DataMeasure Together(MultiCropWorker[] workers, Func<MultiCropWorker, DataMeasure> work)
    {
        var before = Environment.CpuUsage.TotalTime;
        var measures = new DataMeasure[workers.Length];
        var threads = workers.Select((worker, i) => new Thread(() => measures[i] = work(worker))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        return DataMeasure.Sum(measures) with { CpuSeconds = (Environment.CpuUsage.TotalTime - before).TotalSeconds };
    }
}
