using Lockstep.Node.Samples;
using Xunit;

namespace Lockstep.Node.Tests.Samples;

public sealed class SampleSetTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("lockstep-samples-").FullName;

    private string Folder => Path.Combine(_parent, "set");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Write_NewFolder_WritesEveryPictureUnderItsClass()
    {
        var calls = new List<(int Done, int All)>();
        var result = Write(progress: (done, all) => calls.Add((done, all)));

        Assert.Equal(new SampleSetResult(50, 0), result);
        Assert.Equal(Enumerable.Range(1, 50).Select(done => (done, 50)), calls);
        foreach (var sampleClass in SampleClass.All)
        {
            Assert.Equal(["0000.jpg", "0001.jpg", "0002.jpg"], Names("train", sampleClass.Name));
            Assert.Equal(["0000.jpg", "0001.jpg"], Names("test", sampleClass.Name));
        }
    }

    [Fact]
    public void Write_TrainAndTest_ShareNoPicture()
    {
        Write();
        var pictures = Pictures().Select(path => Convert.ToHexString(File.ReadAllBytes(path))).ToArray();
        Assert.Equal(pictures.Length, pictures.Distinct().Count());
    }

    [Fact]
    public void Write_Again_ReusesAll()
    {
        Write();
        var before = Pictures().Select(File.GetLastWriteTimeUtc).ToArray();
        Assert.Equal(new SampleSetResult(0, 50), Write());
        Assert.Equal(before, Pictures().Select(File.GetLastWriteTimeUtc));
    }

    [Fact]
    public void Write_AfterInterruption_CompletesToTheSameBytes()
    {
        Write();
        var whole = Pictures().ToDictionary(path => path, File.ReadAllBytes);
        Directory.Delete(Folder, recursive: true);

        Assert.Throws<InvalidOperationException>(() =>
            Write(progress: (done, _) => { if (done == 17) throw new InvalidOperationException("pulled the plug"); }));
        Assert.Equal(new SampleSetResult(33, 17), Write());

        Assert.Equal(whole.Keys, Pictures());
        Assert.All(whole, pair => Assert.Equal(pair.Value, File.ReadAllBytes(pair.Key)));
    }

    [Fact]
    public void Write_EncoderFailsOnce_LeavesNoBrokenPicture()
    {
        Assert.Throws<IOException>(() => Write(encode: (_, _, _) => throw new IOException("disk full")));
        Assert.Empty(Pictures());
        Assert.Equal(new SampleSetResult(50, 0), Write());
    }

    [Fact]
    public void Write_ForeignFolder_IsRefusedAndUntouched()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "thesis.tex"), "dear");

        var result = Write();

        Assert.False(result.Succeeded);
        Assert.Contains("thesis.tex", result.Refusal);
        Assert.Equal(["thesis.tex"], Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_OtherParameters_IsRefusedWithBoth()
    {
        Write();
        var result = Write(seed: 2);
        Assert.Contains("seed 1,", result.Refusal);
        Assert.Contains("seed 2,", result.Refusal);
        Assert.Equal(50, Pictures().Count());
    }

    [Fact]
    public void Write_OnAFile_IsRefused()
    {
        File.WriteAllText(Folder, "a file");
        Assert.Contains("is a file", Write().Refusal);
    }

    [Fact]
    public void Write_ManifestHalfWritten_StartsOver()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "samples.json.part"), "{");
        Assert.Equal(new SampleSetResult(50, 0), Write());
    }

    private SampleSetResult Write(ulong seed = 1, EncodeImage? encode = null, Action<int, int>? progress = null) =>
        SampleSet.Write(Folder, 3, 2, seed, 8, encode ?? ((rgb, _, _) => rgb.ToArray()), progress);

    private IEnumerable<string> Pictures() =>
        Directory.EnumerateFiles(Folder, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal);

    private IEnumerable<string?> Names(string part, string className) =>
        Directory.EnumerateFiles(Path.Combine(Folder, part, className)).Select(Path.GetFileName).Order(StringComparer.Ordinal);
}
