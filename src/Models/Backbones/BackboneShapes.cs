using Lockstep.Models.Options;

namespace Lockstep.Models.Backbones;

/// <summary>Backbones by the names that recipes use.</summary>
public static class BackboneShapes
{
    /// <summary>The shape of Model:Arch. Loads no libtorch.</summary>
    public static IBackboneShape Of(ModelOptions model) => model.Arch == "resnet50" ? ResNetShape.ResNet50(model.ImageSize) : VitShape.Of(model);
}
