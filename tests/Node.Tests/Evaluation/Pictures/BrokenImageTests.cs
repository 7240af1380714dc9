using System.Buffers.Binary;
using Lockstep.Models;
using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Pictures;
using Lockstep.Node.Tests.Data;
using Xunit;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Evaluation.Pictures;

/// <summary>A picture of several images has no row for a broken one, which is named.</summary>
public sealed class BrokenImageTests : IDisposable
{
    private const int Cell = 16, Row = Cell + 4;
    private readonly string _folder = Directory.CreateTempSubdirectory("lockstep-pictures-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("attention")]
    [InlineData("patches")]
    public void Write_WithBrokenImages_LeavesThemOutAndNamesThem(string picture)
    {
        var (mixed, clean) = (Path.Combine(_folder, "mixed.png"), Path.Combine(_folder, "clean.png"));
        var named = new List<string>();
        Write(picture, mixed, new MemorySource(4, 0, 2), [0, 1, 2, 3], named.Add);
        Assert.Equal(["'0'", "'2'"], named.Select(message => message.Split(':')[0]));
        Write(picture, clean, new MemorySource(4), [1, 3], Assert.Fail);
        Assert.Equal(File.ReadAllBytes(clean), File.ReadAllBytes(mixed));
        Assert.Equal(2 * Row + 4, BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(mixed).AsSpan(20))); // the header's height
    }

    [Theory]
    [InlineData("attention")]
    [InlineData("patches")]
    public void Write_OfBrokenImagesAlone_IsRefused(string picture)
    {
        var path = Path.Combine(_folder, "none.png");
        var named = new List<string>();
        Assert.Contains("none of the 2 images", Assert.Throws<DataException>(() => Write(picture, path, new MemorySource(2, 0, 1), [0, 1], named.Add)).Message);
        Assert.Equal(2, named.Count);
        Assert.False(File.Exists(path));
    }

    private static void Write(string picture, string path, MemorySource source, int[] indices, Action<string> reportBroken)
    {
        using var images = new LabelledImages(source, 8, [0, 0, 0], [1, 1, 1]);
        using var extractor = new Quarters();
        if (picture == "attention") AttentionPicture.Write(path, extractor, images, indices, Cell, reportBroken);
        else PatchPicture.Write(path, extractor, images, indices, Cell, mask: false, reportBroken);
    }

    // Sees an image of 8 pixels as four patches: their mean colours, and one head that looks at the brightest.
    private sealed class Quarters : IFeatureExtractor
    {
        public int ImageSize => 8;
        public int PatchSize => 4;
        public int Blocks => 1;

        public Tensor Features(Tensor images) => images.mean([2, 3]);
        public Tensor ProbeFeatures(Tensor images, int blocks, bool patchMean) => Features(images);
        public Tensor PatchFeatures(Tensor images) => images.reshape(-1, 3, 2, 4, 2, 4).mean([3, 5]); // [B, 3, 2, 2]
        public Tensor Attention(Tensor images) => PatchFeatures(images).mean([1], keepdim: true);

        public void Dispose()
        {
        }
    }
}
