using Lockstep.Node.Evaluation;
using Lockstep.Node.Evaluation.Linear;
using Lockstep.Node.Images;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;
using static TorchSharp.torch;

namespace Lockstep.Node.Tests.Evaluation.Linear;

public sealed class AugmentedBatchesTests
{
    [Fact]
    public void Read_ViewsAreOfTheEpochAndTheImage_NotOfTheBatch()
    {
        using var folder = Images();
        using var images = new LabelledImages(folder.Path, 8, [0, 0, 0], [1, 1, 1]);
        using var scope = NewDisposeScope();
        var broken = new List<string>();
        var batches = new AugmentedBatches(images, batch => batch.flatten(1), batchSize: 2, seed: 1, broken.Add);
        Assert.Equal(4, batches.Count);
        var (first, labels) = batches.Read(1, [0, 1, 3]);
        Assert.Equal([0L, 0, 1], labels.data<long>().ToArray());
        var (other, _) = batches.Read(1, [3, 0]);
        Assert.Equal(first[2].data<float>().ToArray(), other[0].data<float>().ToArray());
        Assert.Equal(first[0].data<float>().ToArray(), other[1].data<float>().ToArray());
        var (second, _) = batches.Read(2, [0]);
        Assert.NotEqual(first[0].data<float>().ToArray(), second[0].data<float>().ToArray());

        var (rest, of) = batches.Read(1, [2, 1]); // 2 is no image
        Assert.Equal([1L, 3 * 64], rest.shape);
        Assert.Equal([0L], of.data<long>().ToArray());
        Assert.Equal(0, batches.Read(2, [2]).Labels.shape[0]);
        Assert.Contains("dog/2.jpg", Assert.Single(broken), StringComparison.Ordinal);
    }

    private static DataFolder Images()
    {
        var folder = new DataFolder().Write("cat/0.jpg", "cat/1.jpg", "dog/2.jpg", "dog/3.jpg");
        foreach (var (name, seed) in new[] { ("cat/0.jpg", 1), ("cat/1.jpg", 2), ("dog/3.jpg", 3) })
        {
            var rgb = new byte[3 * 20 * 16];
            for (var i = 0; i < rgb.Length; i++) rgb[i] = (byte)(i * seed);
            File.WriteAllBytes(folder.PathOf(name), JpegEncoder.EncodeRgb(rgb, 20, 16));
        }
        return folder;
    }
}
