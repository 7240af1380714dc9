using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lockstep.Cli.Recipes;
using Lockstep.Deploy.Tests.Manifests;

namespace Lockstep.Deploy.Tests.Docker;

/// <summary>deploy/docker/compose.yaml: as hardened as the pods of Kubernetes, with settings that the tool accepts.</summary>
public sealed partial class ComposeTests
{
    private static readonly JsonNode File = Yaml.Parse(Repository.Read("deploy/docker/compose.yaml")).Single()!;

    public static TheoryData<string> Services => [.. File["services"]!.AsObject().Select(service => service.Key)];

    [Theory, MemberData(nameof(Services))]
    public void Service_IsHardened(string name)
    {
        var service = Service(name);
        Assert.True(service.Is(true, "read_only"));
        Assert.Equal("1654:1654", service.Text("user"));
        Assert.Equal(["ALL"], service.Texts("cap_drop"));
        Assert.Contains("no-new-privileges:true", service.Texts("security_opt"));
        Assert.Null(service["privileged"]);
        Assert.StartsWith("/tmp:size=", Assert.Single(service.Texts("tmpfs")));
        Assert.NotEmpty(service.Text("stop_grace_period"));
        // A run that has ended is over with status 0; whoever failed, with another.
        Assert.Equal("on-failure", service.Text("restart"));
        Assert.True(File.Is(true, "networks", "lockstep", "internal"));
    }

    [Theory, MemberData(nameof(Services))]
    public void Service_IsBuiltFromAStageOfTheDockerfile(string name)
    {
        var build = Service(name)["build"];
        Assert.Equal(Dockerfile.Path, build.Text("dockerfile"));
        Assert.Equal(Repository.Root, Path.GetFullPath(Path.Combine(Repository.PathOf("deploy/docker"), build.Text("context"))));
        Assert.Contains(Dockerfile.Stages, stage => stage.Name == build.Text("target"));
        Assert.Equal($"lockstep-{build.Text("target")}:0.1.0", Service(name).Text("image"));
    }

    [Fact]
    public void Settings_AreAccepted_AndTheSameForAll()
    {
        var hashes = Services.Select(row => row.Data).Select(name =>
        {
            var command = Service(name).Texts("command").Select(argument => Default().Replace(argument, "$1")).ToList();
            return RecipeLoader.Load(command[1], [.. command.Skip(2).TakeWhile(argument => !argument.StartsWith("--", StringComparison.Ordinal))]).Hash;
        });
        Assert.Single(hashes.Distinct());
    }

    [Theory]
    [InlineData("node")]
    [InlineData("node-cuda")]
    public void Node_CannotWriteToItsImages(string name) =>
        Assert.True(Service(name).Items("volumes").Single(volume => volume.Text("target") == "/data").Is(true, "read_only"));

    [Fact]
    public void Coordinator_HandsOverToItsJournal()
    {
        var coordinator = Service("coordinator");
        Assert.Contains("Cluster:OnTerminate=handover", coordinator.Texts("command"));
        Assert.Equal(["journal:/journal"], coordinator.Texts("volumes"));
        Assert.True(((JsonObject)File["volumes"]!).ContainsKey("journal"));
    }

    [Fact]
    public void StatusPage_IsPublishedToThisHostAlone()
    {
        // A container's loopback cannot be published, and a network that is internal publishes nothing.
        Assert.Contains("Cluster:StatusListen=http://0.0.0.0:7080", Service("coordinator").Texts("command"));
        Assert.Equal(["127.0.0.1:7080:7080"], Service("coordinator").Texts("ports"));
        Assert.Equal(["lockstep", "page"], Service("coordinator").Texts("networks"));
        Assert.False(File.Is(true, "networks", "page", "internal"));
        Assert.Equal("false", File.Text("networks", "page", "driver_opts", "com.docker.network.bridge.enable_ip_masquerade"));
        Assert.All(Services.Select(row => row.Data).Where(name => name != "coordinator"), name =>
        {
            Assert.Null(Service(name)["ports"]); // nobody outside of the host has business there
            Assert.Equal(["lockstep"], Service(name).Texts("networks"));
        });
    }

    private static JsonNode Service(string name) => File["services"]![name]!;

    // ${NAME:-default}
    [GeneratedRegex(@"\$\{\w+:-([^}]*)\}")]
    private static partial Regex Default();
}
