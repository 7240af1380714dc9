using Lockstep.Node.Evaluation;
using Xunit;

namespace Lockstep.Node.Tests.Evaluation;

public sealed class PrincipalComponentsTests
{
    [Fact]
    public void Fit_AndProject_EqualNumPy()
    {
        var golden = Fixtures.Load("evaluation");
        var rows = new FeatureSet(golden["pca.rows"], new int[50]);
        var components = PrincipalComponents.Fit(rows, 3);
        Assert.Equal(golden["pca.shares"].Select(s => (double)s), components.Shares, (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal(golden["pca.places"], components.Project(rows), (a, b) => Math.Abs(a - b) < 1e-4); // numbers up to 10, rounded to float32
    }

    [Fact]
    public void Fit_FeaturesThatDoNotVary_ExplainNothing()
    {
        var components = PrincipalComponents.Fit(new FeatureSet([1, 2, 1, 2], [0, 0]), 2);
        Assert.Equal([0, 0], components.Shares);
        Assert.All(components.Project(new FeatureSet([1, 2], [0])), place => Assert.Equal(0, place));
    }
}
