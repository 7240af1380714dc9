using Lockstep.Models.Options;

namespace Lockstep.Models.Backbones;

/// <summary>Backbones by the names that recipes use.</summary>
public static class BackboneShapes
{
    /// <summary>The shape of Model:Arch. Loads no libtorch.</summary>
    public static IBackboneShape Of(ModelOptions model) => model.Arch switch
    {
        "resnet50" => ResNetShape.ResNet50(model.ImageSize),
        "resnet" => ResNetShape.Small(model.ImageSize, model.Dim, model.Depth),
        _ => VitShape.Of(model),
    };
}
