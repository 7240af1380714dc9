using Lockstep.Node.Data;
using Lockstep.Node.Evaluation;
using Lockstep.Node.Tests.Data.Sources;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation;

public sealed class LabelledImagesTests
{
    [Fact]
    public void Read_FileGone_IsNamedWithTheRemedy()
    {
        using var folder = new DataFolder().Write("cat/1.jpg", "dog/2.jpg");
        using var images = new LabelledImages(folder.Path, 8, [0, 0, 0], [1, 1, 1]);
        File.Delete(folder.PathOf("dog/2.jpg"));
        var error = Assert.Throws<DataException>(() => images.Read(1, new float[3 * 64]));
        Assert.Contains($"'dog/2.jpg' in '{folder.Path}' cannot be read", error.Message, StringComparison.Ordinal);
        Assert.Contains("Check the disk or the mount", error.Message, StringComparison.Ordinal);
    }
}
