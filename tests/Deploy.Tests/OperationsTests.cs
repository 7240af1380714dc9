using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lockstep.Deploy.Tests.Manifests;
using Lockstep.Deploy.Tests.Rules;

namespace Lockstep.Deploy.Tests;

/// <summary>docs/operations.md: what it names is there, and what it computes can be computed again.</summary>
public sealed partial class OperationsTests
{
    private static readonly string Text = Repository.Read("docs/operations.md");

    public static TheoryData<string, string, string, string> Sizes =>
        [.. SizeRow().Matches(Text).Select(match => (match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value))];

    [Fact]
    public void Paths_AreThere()
    {
        var paths = PathInRepository().Matches(Text).Select(match => match.Value.TrimEnd('.', '/')).Distinct().ToList();
        Assert.Contains("deploy/k8s/overlays/cpu-small", paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Repository.PathOf(path)), path));
    }

    [Fact]
    public void Overlays_AreAllNamed() =>
        Assert.All(Overlays.Names, overlay => Assert.Contains($"`{overlay}`", Text));

    [Fact]
    public async Task CertsForATrial_AreThoseThatTheSecretsAreMadeOf_AndNameWhatIsDialled()
    {
        var command = CertsCommand().Match(Text).Groups[1].Value.Split(' ').Select(word => word.Trim('\'')).ToArray();
        var folder = Directory.CreateTempSubdirectory("lockstep-operations-").FullName;
        try
        {
            await Repository.RunAsync(folder, TimeSpan.FromMinutes(1), Repository.PathOf("src/Cli/bin/Release/net10.0/lockstep"), command);
            var files = FromFile().Matches(Text).Select(match => match.Groups[1].Value).ToList();
            Assert.Equal(7, files.Count);
            Assert.All(files, file => Assert.True(File.Exists(Path.Combine(folder, file)), file));

            var rendered = await Overlays.RenderAsync("secured");
            foreach (var pod in rendered.OurPods)
            {
                using var certificate = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "certs", $"{pod.Component}.pem"));
                var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames();
                Assert.Contains(names, name => TlsRules.Names(name, TlsRules.DialledHost(pod)));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void SizeTable_ShowsACommandOfItsFirstLargeRow() => Assert.Contains(string.Join(' ', ["    ./lockstep", .. Command("180", "120", "10")]), Text);

    [Theory, MemberData(nameof(Sizes))]
    public async Task SizeTable_IsWhatSimulateSays(string gradient, string compute, string bandwidth, string cells)
    {
        var output = await Repository.RunAsync(Repository.Root, TimeSpan.FromMinutes(2), Repository.PathOf("src/Cli/bin/Release/net10.0/lockstep"), [.. Command(gradient, compute, bandwidth), "--json"]);
        var predicted = JsonNode.Parse(output).Items("predictions").Select(prediction => prediction.At("step", "total")!.GetValue<double>());
        Assert.Equal(string.Join(" | ", predicted.Select(seconds => seconds.ToString("F2", CultureInfo.InvariantCulture))), cells);
    }

    private static string[] Command(string gradient, string compute, string bandwidth) =>
        ["simulate", "--nodes", "1,4,16,64", "--microbatches", "64", "--mtbf", "0", "--gradient-mb", gradient, "--compute", compute, "--bandwidth", bandwidth];

    [GeneratedRegex(@"deploy/[\w./-]+")]
    private static partial Regex PathInRepository();

    [GeneratedRegex(@"^    \./lockstep (certs .*)$", RegexOptions.Multiline)]
    private static partial Regex CertsCommand();

    [GeneratedRegex(@"--from-file=[\w.]+=(certs/[\w.]+)")]
    private static partial Regex FromFile();

    // | model | gradient | compute | bandwidth | step times |
    [GeneratedRegex(@"^\| ViT[^|]* \| (\d+) \| (\d+) \| (\d+) \| (.*) \|$", RegexOptions.Multiline)]
    private static partial Regex SizeRow();
}
