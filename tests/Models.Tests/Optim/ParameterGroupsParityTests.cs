using Lockstep.Models.Backbones;
using Lockstep.Models.Dino;
using Lockstep.Models.Layers;
using Lockstep.Models.Optim;
using Lockstep.Models.Tests.Golden;

namespace Lockstep.Models.Tests.Optim;

public sealed class ParameterGroupsParityTests
{
    [Fact]
    public void Groups_EveryParameter_EqualTheOriginal()
    {
        using var golden = new Fixture("params_groups");
        var recorder = new LayoutRecorder();
        using (new DinoNetwork(recorder, new VitShape(32, 8, 48, 2, 3, 4), TinyRun.Dino, 0)) { }
        Assert.Equal(golden.Names.Order(StringComparer.Ordinal), recorder.Parameters.Select(p => p.Name).Order(StringComparer.Ordinal));
        foreach (var parameter in recorder.Parameters)
        {
            var group = !parameter.Trainable ? -1 : ParameterGroups.IsDecayed(parameter) ? 0 : 1;
            Assert.True(golden.Scalar(parameter.Name) == group, parameter.Name);
        }
    }
}
