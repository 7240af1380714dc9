namespace TorchSharp;

public static partial class torch
{
    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    public partial class Tensor
    {
        public Tensor add(Tensor target) => Aten.Add.Tensor(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Aten.Add.Tensor(this, target, alpha);

        public Tensor add(Scalar scalar) => Aten.AddScalar.Tensor(this, scalar);

        public Tensor add(Scalar scalar, Scalar alpha) => Aten.AddScalar.Tensor(this, scalar, alpha);

        public Tensor add_(Tensor target) => Aten.AddInPlace.InPlace(this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Aten.AddInPlace.InPlace(this, target, alpha);

        public Tensor add_(Scalar scalar) => Aten.AddScalarInPlace.InPlace(this, scalar);

        public Tensor add_(Scalar scalar, Scalar alpha) => Aten.AddScalarInPlace.InPlace(this, scalar, alpha);

        public Tensor sub(Tensor target) => Aten.Sub.Tensor(this, target);

        public Tensor sub(Scalar target) => Aten.SubScalar.Tensor(this, target);

        public Tensor sub_(Tensor target) => Aten.SubInPlace.InPlace(this, target);

        public Tensor sub_(Scalar target) => Aten.SubScalarInPlace.InPlace(this, target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor mul(Tensor target) => Aten.Mul.Tensor(this, target);

        public Tensor mul(Scalar target) => Aten.MulScalar.Tensor(this, target);

        public Tensor mul_(Tensor target) => Aten.MulInPlace.InPlace(this, target);

        public Tensor mul_(Scalar target) => Aten.MulScalarInPlace.InPlace(this, target);

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Aten.Div.Tensor(this, target, NameOf(rounding_mode));

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Aten.DivScalar.Tensor(this, target, NameOf(rounding_mode));

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Aten.DivInPlace.InPlace(this, target, NameOf(rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Aten.DivScalarInPlace.InPlace(this, target, NameOf(rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor remainder(Tensor target) => Aten.Remainder.Tensor(this, target);

        public Tensor remainder(Scalar scalar) => Aten.RemainderScalar.Tensor(this, scalar);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.Addcmul.Tensor(this, tensor1, tensor2, value);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcmulInPlace.InPlace(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => Aten.Addcdiv.Tensor(this, tensor1, tensor2, value);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => Aten.Addcdiv.Tensor(this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcdivInPlace.InPlace(this, tensor1, tensor2, value);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Aten.AddcdivInPlace.InPlace(this, tensor1, tensor2);

        /// <summary>The weight is a tensor of this one's type: <c>0.1f</c> is one for float32, <c>0.1</c> is not.</summary>
        public Tensor lerp(Tensor end, Tensor weight) => Aten.Lerp.Tensor(this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) => Aten.LerpInPlace.InPlace(this, end, weight);

        public Tensor pow(Tensor exponent) => Aten.Pow.Tensor(this, exponent);

        public Tensor pow(Scalar exponent) => Aten.PowScalar.Tensor(this, exponent);

        public Tensor pow_(Tensor exponent) => Aten.PowInPlace.InPlace(this, exponent);

        public Tensor pow_(Scalar exponent) => Aten.PowScalarInPlace.InPlace(this, exponent);

        public Tensor zero_() => Aten.ZeroInPlace.InPlace(this);

        public Tensor fill_(Scalar value) => Aten.FillInPlace.InPlace(this, value);

        public Tensor maximum(Tensor other) => Aten.Maximum.Tensor(this, other);

        public Tensor minimum(Tensor other) => Aten.Minimum.Tensor(this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.Clamp.Tensor(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Aten.ClampTensor.Tensor(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Aten.ClampInPlace.InPlace(this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Aten.ClampTensorInPlace.InPlace(this, min, max);

        public Tensor clamp_min(Scalar min) => clamp(min: min);

        public Tensor clamp_max(Scalar max) => clamp(max: max);

        private static string? NameOf(RoundingMode mode) => mode switch
        {
            RoundingMode.trunc => "trunc",
            RoundingMode.floor => "floor",
            _ => null,
        };
    }
}
