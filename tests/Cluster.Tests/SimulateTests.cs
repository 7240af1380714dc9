using System.Text.Json;
using System.Xml.Linq;

namespace Lockstep.Cluster.Tests;

/// <summary>lockstep simulate, as a user runs it.</summary>
public sealed class SimulateTests
{
    [Theory, Trait("Category", "Long")]
    [InlineData("simulate")]
    [InlineData("simulate --nodes 1,2,...,256 --parameters 86 --bandwidth 100 --compute 40 --microbatches 1024")]
    public async Task Simulate_CommandsOfTheDocs_Run(string command)
    {
        var (exit, output) = await Tool.RunAsync(Path.GetTempPath(), command.Split(' '));
        Assert.True(exit == 0 && output.Contains("In short: up to ", StringComparison.Ordinal), output);
    }

    [Fact]
    public async Task Simulate_Table_HasARowForEachNumberOfNodesAndAConclusion()
    {
        var (exit, output) = await Tool.RunAsync(Path.GetTempPath(), "simulate", "--nodes", "1,2,...,16,10000,20000");
        Assert.True(exit == 0, output);
        var lines = output.Split('\n');
        Assert.Equal(["nodes", "1", "2", "4", "8", "16", "10000", "20000"], lines.Take(8).Select(l => l.TrimStart().Split(' ')[0]));
        Assert.Single(lines.Take(7).Select(l => l.Length).Distinct()); // aligned
        Assert.Contains("20000  impossible: more nodes than the 16384 microbatches", output);
        Assert.Contains("In short: ", output);
    }

    [Fact]
    public async Task Simulate_JsonAndPlot_AreWellFormedAndTheSameEachTime()
    {
        var folder = Directory.CreateTempSubdirectory("lockstep-simulate-").FullName;
        try
        {
            string[] command = ["simulate", "--nodes", "1,8,64", "--microbatches", "256", "--json", "--plot", "plot.svg"];
            var (exit, output) = await Tool.RunAsync(folder, command);
            Assert.True(exit == 0, output);
            using var json = JsonDocument.Parse(output);
            Assert.Equal([1, 8, 64], json.RootElement.GetProperty("predictions").EnumerateArray().Select(p => p.GetProperty("nodes").GetInt32()));
            Assert.Equal("svg", XDocument.Load(Path.Combine(folder, "plot.svg")).Root!.Name.LocalName);
            Assert.Equal(output, (await Tool.RunAsync(folder, command)).Output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task Simulate_WrongValues_AreAllNamed()
    {
        var (exit, output) = await Tool.RunAsync(Path.GetTempPath(), "simulate", "--microbatches", "100", "--bandwidth", "0", "--jitter", "NaN", "--gradient-mb", "1", "--parameters", "2");
        Assert.Equal(2, exit);
        foreach (var part in new[] { "power of two", "bandwidth must be positive", "jitter must lie", "--gradient-mb or --parameters, not both" }) Assert.Contains(part, output);
    }

    [Theory]
    [InlineData("--nodes", "1,x")]
    [InlineData("--nodes", "...,4")]
    [InlineData("--nodes", "0")]
    [InlineData("--reducer", "tree")]
    [InlineData("--plot", "picture.png")]
    [InlineData("--nonsense", "1")]
    public async Task Simulate_UnknownValues_AreRefused(string option, string value)
    {
        var (exit, output) = await Tool.RunAsync(Path.GetTempPath(), "simulate", option, value);
        Assert.Equal(2, exit);
        Assert.Contains(option == "--reducer" ? value : option, output);
    }
}
