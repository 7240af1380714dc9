using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Lockstep.Architecture.Tests;

/// <summary>References point one way: Node to Models and Protos, Coordinator to Protos, Simulation to Coordinator and Protos, Cli to all.</summary>
public sealed partial class ReferenceTests
{
    [Theory]
    [InlineData("Protos", "")]
    [InlineData("Models", "")]
    [InlineData("Coordinator", "Protos")]
    [InlineData("Node", "Models Protos")]
    [InlineData("Simulation", "Coordinator Protos")]
    [InlineData("Cli", "Coordinator Node Simulation")]
    public void Project_ReferencesOnlyWhatItMay(string project, string allowed)
    {
        var xml = XDocument.Parse(Source.Read($"src/{project}/Lockstep.{project}.csproj"));
        var found = xml.Descendants("ProjectReference").Select(r => ProjectName().Match(r.Attribute("Include")!.Value).Groups[1].Value).Order();
        Assert.Equal(allowed.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), found);
    }

    [Fact]
    public void Models_KnowNeitherGrpcNorHosting()
    {
        var project = Source.Read("src/Models/Lockstep.Models.csproj");
        Assert.DoesNotContain("Grpc", project);
        Assert.DoesNotContain("FrameworkReference", project);
        AssertNoFile("src/Models", @"\b(Grpc\.|Microsoft\.AspNetCore|Microsoft\.Extensions\.Hosting|Google\.Protobuf)");
    }

    [Fact]
    public void Protos_AndCoordinator_KnowNoTensorLibrary()
    {
        AssertNoFile("src/Protos", @"\bTorchSharp\b");
        AssertNoFile("src/Coordinator", @"\bTorchSharp\b");
    }

    [Fact]
    public void NoProject_NamesTheStandIns()
    {
        foreach (var folder in new[] { "src", "tests" })
        {
            var offenders = Source.Files(folder, "*.csproj").Where(f => Source.Read(f).Contains("compat/", StringComparison.OrdinalIgnoreCase));
            Assert.Empty(offenders);
            Assert.DoesNotContain(Source.Files(folder, "*.cs"), f => ConditionalCompat().IsMatch(Source.Read(f)));
        }
    }

    [Fact]
    public void ProductCode_DrawsNoSharedChanceAndReadsNoWallClockInDecisions()
    {
        AssertNoFile("src", @"\bRandom\.Shared\b|\bnew Random\(");
        AssertNoFile("src/Models", @"\bDateTime(Offset)?\.(Utc)?Now\b");
        AssertNoFile("src/Coordinator", @"\bDateTime(Offset)?\.(Utc)?Now\b");
    }

    [Theory]
    [InlineData("Protos")]
    [InlineData("Models")]
    [InlineData("Coordinator")]
    [InlineData("Node")]
    [InlineData("Simulation")]
    public void OpenTelemetry_IsKnownToTheToolAlone(string project)
    {
        Assert.DoesNotContain("OpenTelemetry", Source.Read($"src/{project}/Lockstep.{project}.csproj"));
        AssertNoFile($"src/{project}", @"^\s*using OpenTelemetry\b");
    }

    [Theory]
    [InlineData("src/Coordinator/Planning")]
    [InlineData("src/Coordinator/Membership")]
    [InlineData("src/Node/Membership")]
    public void Decisions_EmitNothing(string folder) => AssertNoFile(folder, @"\bSystem\.Diagnostics\b|\bTelemetry\b|\bStepTrace\b|\bILogger\b");

    [Fact]
    public void Simulation_HasNoClockFileOrTask() => AssertNoFile("src/Simulation",
        @"\bDateTime(Offset)?\b|\bTimeProvider\b|\bStopwatch\b|\bFile(Stream)?\.|\bDirectory\.|\bConsole\.|\basync\b|\bTask\b|\bEnvironment\.");

    private static void AssertNoFile(string folder, string pattern) =>
        Assert.DoesNotContain(Source.Files(folder, "*.cs"), f => Regex.IsMatch(Source.Read(f), pattern, RegexOptions.Multiline));

    [GeneratedRegex(@"Lockstep\.(\w+)\.csproj$")]
    private static partial Regex ProjectName();

    [GeneratedRegex(@"^\s*#if\b.*compat", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex ConditionalCompat();
}
