namespace Lockstep.Models.Tests;

public sealed class ReferencesTests
{
    [Fact]
    public void Models_KnowsNeitherGrpcNorHosting()
    {
        var references = typeof(IPretrainingMethod).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToArray();
        Assert.Contains("TorchSharp", references);
        Assert.DoesNotContain(references, r =>
            r.Contains("Grpc", StringComparison.Ordinal) || r.Contains("Protobuf", StringComparison.Ordinal)
            || r.StartsWith("Microsoft.Extensions", StringComparison.Ordinal) || r.StartsWith("Lockstep", StringComparison.Ordinal));
    }
}
