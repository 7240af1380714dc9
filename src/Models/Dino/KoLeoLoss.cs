using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>
/// Kozachenko-Leonenko entropy estimator as a regulariser (Sablayrolles et al. 2019, arXiv 1806.03198, section 3.2; in DINOv2 on
/// the student's class tokens): -1/n Σᵢ log min_{j ≠ i} ‖xᵢ - xⱼ‖ over features of length 1. It is least when they spread over
/// the sphere.
/// </summary>
public static class KoLeoLoss
{
    private const double Epsilon = 1e-8; // DINOv2's

    /// <param name="features">Of n images in one view, at least 2: [n, D].</param>
    public static Tensor Compute(Tensor features)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(features, 2, -1, Epsilon);
        // The neighbours are picked by a product, whose backward adds in one order on every device; that of an index would not.
        var neighbours = matmul(NearestOf(unit), unit);                                     // [n, D]
        var distances = (unit - neighbours).norm(1);                                        // [n]
        return (-distances.Plus(Epsilon).log().mean()).MoveToOuterDisposeScope();
    }

    // One row an image, with a 1 at its nearest neighbour: [n, n].
    private static Tensor NearestOf(Tensor unit)
    {
        using var noGradients = no_grad();
        var count = unit.shape[0];
        var cosines = matmul(unit, unit.transpose(0, 1)) - eye(count, device: unit.device).Times(4); // nobody is its own neighbour
        return nn.functional.one_hot(cosines.argmax(1), count).to(ScalarType.Float32);
    }
}
