using System.ComponentModel.DataAnnotations;
using Lockstep.Coordinator.Tests.Cluster;
using Xunit;

namespace Lockstep.Coordinator.Tests;

/// <summary>A range written in whole numbers rounds a fraction before it looks, and fails on what no int holds.</summary>
public sealed class CoordinatorOptionsTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1e10)]
    [InlineData(0.6)]
    public void NodeTimeoutSeconds_OutOfRange_IsNamed(double seconds) =>
        Assert.Contains("NodeTimeoutSeconds", Message(TestCluster.Options with { NodeTimeoutSeconds = seconds }), StringComparison.Ordinal);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(1e10)]
    [InlineData(-0.4)]
    public void ReturnWaitSeconds_OutOfRange_IsNamed(double seconds) =>
        Assert.Contains("ReturnWaitSeconds", Message(TestCluster.Options with { ReturnWaitSeconds = seconds }), StringComparison.Ordinal);

    [Fact]
    public void Epochs_NotANumber_IsNamed() =>
        Assert.Contains("Epochs", Message(TestCluster.Options with { Epochs = double.NaN }), StringComparison.Ordinal);

    [Fact]
    public void Seconds_Fractions_AreTaken() => (TestCluster.Options with { NodeTimeoutSeconds = 1.4, ReturnWaitSeconds = 0.6 }).Validate();

    private static string Message(CoordinatorOptions options) => Assert.Throws<ValidationException>(options.Validate).Message;
}
