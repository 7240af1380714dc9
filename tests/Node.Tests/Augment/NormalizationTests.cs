using Lockstep.Node.Augment;
using Xunit;

namespace Lockstep.Node.Tests.Augment;

public sealed class NormalizationTests
{
    // ImageNet's, Inception's, CLIP's and CIFAR-10's numbers, and some that divide badly.
    [Theory]
    [InlineData(0.485, 0.456, 0.406, 0.229, 0.224, 0.225)]
    [InlineData(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)]
    [InlineData(0.48145466, 0.4578275, 0.40821073, 0.26862954, 0.26130258, 0.27577711)]
    [InlineData(0.4914, 0.4822, 0.4465, 0.2023, 0.1994, 0.2010)]
    [InlineData(0, 0.333333333, 1, 1, 7.7777, 0.0000123)]
    public void Run_AllValues_EqualsTheDivisions(double m0, double m1, double m2, double s0, double s1, double s2)
    {
        double[] mean = [m0, m1, m2], std = [s0, s1, s2];
        var planes = Enumerable.Range(0, 3 * 256).Select(i => (byte)i).ToArray();
        var normalization = new Normalization();
        normalization.Use(mean, std);
        var actual = new float[planes.Length];
        new PointPass().Run(planes, normalization, actual);
        for (var i = 0; i < actual.Length; i++) Assert.Equal((planes[i] / 255f - (float)mean[i / 256]) / (float)std[i / 256], actual[i]);
    }
}
