using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Models;

/// <summary>
/// Sums of tensors, and tensors with numbers, to be used in place of TorchSharp's operators. TorchSharp 0.107 makes a Scalar of a
/// number (and one of the 1 that a sum's second tensor is multiplied by), gives libtorch its address and forgets it: the garbage
/// collector may free it while libtorch reads it, and the call fails or, worse, computes with another number. Here a Scalar lives
/// until the call is over. src/BannedSymbols.txt has what may not be used. Numbers are float64: tensors of integers become float32.
/// </summary>
#pragma warning disable RS0030 // this is the place that it is banned for
public static class Arithmetic
{
    private static readonly Scalar One = 1;

    /// <summary>x + y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y) => x.add(y, One);

    /// <summary>x + c y.</summary>
    public static Tensor Plus(this Tensor x, Tensor y, double c)
    {
        using Scalar scalar = c;
        return x.add(y, scalar);
    }

    /// <summary>x + c.</summary>
    public static Tensor Plus(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.add(scalar, One);
    }

    /// <summary>c x.</summary>
    public static Tensor Times(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.mul(scalar);
    }

    /// <summary>x / c.</summary>
    public static Tensor Over(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.div(scalar);
    }

    /// <summary>Where x is greater than c.</summary>
    public static Tensor Exceeds(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.gt(scalar);
    }

    /// <summary>x ← x + y. Returns x, as all below.</summary>
    public static Tensor Increase(this Tensor x, Tensor y) => x.add_(y, One);

    /// <summary>x ← x + c y.</summary>
    public static Tensor Increase(this Tensor x, Tensor y, double c)
    {
        using Scalar scalar = c;
        return x.add_(y, scalar);
    }

    /// <summary>x ← x + c.</summary>
    public static Tensor Increase(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.add_(scalar, One);
    }

    /// <summary>x ← x + c y z.</summary>
    public static Tensor IncreaseByProduct(this Tensor x, Tensor y, Tensor z, double c)
    {
        using Scalar scalar = c;
        return x.addcmul_(y, z, scalar);
    }

    /// <summary>x ← x + c y / z.</summary>
    public static Tensor IncreaseByQuotient(this Tensor x, Tensor y, Tensor z, double c)
    {
        using Scalar scalar = c;
        return x.addcdiv_(y, z, scalar);
    }

    /// <summary>x ← c x.</summary>
    public static Tensor ScaleBy(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.mul_(scalar);
    }

    /// <summary>x ← x / c.</summary>
    public static Tensor DivideBy(this Tensor x, double c)
    {
        using Scalar scalar = c;
        return x.div_(scalar);
    }
}
