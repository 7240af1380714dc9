using Lockstep.Node.Evaluation;
using Lockstep.Node.Tests.Data;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation;

public sealed class FeatureReaderTests
{
    [Theory]
    [InlineData(256, 50_000, 224, 256)]
    [InlineData(4096, 10, 384, 10)]
    [InlineData(4096, 50_000, 384, 1213)] // 2,147,483,647 / (3 x 384 x 384 x 4)
    [InlineData(4096, 50_000, 4096, 10)]
    public void BatchOf_AskedFor_IsWhatIsThereAndFits(int asked, int images, int imageSize, int batch) =>
        Assert.Equal(batch, FeatureReader.BatchOf(asked, images, imageSize));

    [Fact]
    public void Read_FewImagesInLargeBatches_TakesMemoryForTheFew()
    {
        using var images = new LabelledImages(new MemorySource(3), 512, [0, 0, 0], [1, 1, 1]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(3, FeatureReader.Read(images, 4096, batch => batch.mean([1, 2, 3]).unsqueeze(1), Assert.Fail).Count);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50_000_000); // 9 MB of pixels
    }
}
