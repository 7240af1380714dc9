using Lockstep.Node.Recipes;
using Xunit;

namespace Lockstep.Node.Tests;

/// <summary>Health has a port in plain HTTP, or none.</summary>
public sealed class HealthListenTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("http://0.0.0.0:7003", true)]
    [InlineData("https://0.0.0.0:7003", false)]
    [InlineData("0.0.0.0:7003", false)]
    [InlineData("7003", false)]
    [InlineData("http://0.0.0.0:7003/health", false)]
    public void HealthListen_AnyText_IsTakenOrRefusedByName(string address, bool taken)
    {
        Assert.Equal(taken ? [] : (string[])[$"Node:HealthListen is '{address}'; write an address such as http://0.0.0.0:7003: it is plain HTTP, for probes that speak no TLS"], Errors(new NodeOptions { HealthListen = address }));
        Assert.Equal(taken ? [] : (string[])[$"Cluster:HealthListen is '{address}'; write an address such as http://0.0.0.0:7002: it is plain HTTP, for probes that speak no TLS"], Errors(new ClusterOptions { HealthListen = address }));
    }

    private static IEnumerable<string> Errors(System.ComponentModel.DataAnnotations.IValidatableObject options) =>
        options.Validate(new(options)).Select(result => result.ErrorMessage!).Where(error => error.Contains("HealthListen", StringComparison.Ordinal));
}
