using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Lockstep.Models.Options;
using Lockstep.Node.Recipes;
using Xunit;

namespace Lockstep.Node.Tests;

/// <summary>A range written in whole numbers rounds a fraction before it looks, and fails on what no int holds.</summary>
public sealed class OptionRangeTests
{
    [Fact]
    public void Ranges_OfFractions_AreFractions()
    {
        var properties = new[] { typeof(DataOptions).Assembly, typeof(ModelOptions).Assembly }.SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(property => property.PropertyType == typeof(double) && property.GetCustomAttribute<RangeAttribute>() is not null).ToList();
        Assert.InRange(properties.Count, 20, 200);
        Assert.All(properties, property => Assert.True(property.GetCustomAttribute<RangeAttribute>()!.OperandType == typeof(double), $"{property.DeclaringType}.{property.Name}"));
    }

    [Theory]
    [InlineData(double.NaN, false)]
    [InlineData(1e10, false)]
    [InlineData(-0.4, false)]
    [InlineData(86_400.4, false)]
    [InlineData(0.6, true)]
    public void ReadRetrySeconds_AnyNumber_IsTakenOrRefusedByName(double seconds, bool taken) =>
        Assert.Equal(taken ? [] : (string[])["Data:ReadRetrySeconds must be between 0 and 86400"],
            OptionErrors.Of(new DataOptions { ReadRetrySeconds = seconds }).Where(error => error.Contains("ReadRetry", StringComparison.Ordinal)));

    [Theory]
    [InlineData(double.NaN, false)]
    [InlineData(1e10, false)]
    [InlineData(0.6, false)]
    [InlineData(1.4, true)]
    public void TimeoutSeconds_AnyNumber_AreTakenOrRefusedByName(double seconds, bool taken)
    {
        Assert.Equal(taken ? 0 : 1, OptionErrors.Of(new ClusterOptions { NodeTimeoutSeconds = seconds }).Count(error => error.Contains("NodeTimeoutSeconds", StringComparison.Ordinal)));
        Assert.Equal(taken ? 0 : 1, OptionErrors.Of(new NodeOptions { CoordinatorTimeoutSeconds = seconds }).Count(error => error.Contains("CoordinatorTimeoutSeconds", StringComparison.Ordinal)));
    }
}
