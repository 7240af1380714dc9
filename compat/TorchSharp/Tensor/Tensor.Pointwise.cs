namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sqrt() => Aten.Sqrt.Tensor(this);

        public Tensor sqrt_() => Aten.SqrtInPlace.InPlace(this);

        public Tensor rsqrt() => Aten.Rsqrt.Tensor(this);

        public Tensor rsqrt_() => Aten.RsqrtInPlace.InPlace(this);

        public Tensor exp() => Aten.Exp.Tensor(this);

        public Tensor exp_() => Aten.ExpInPlace.InPlace(this);

        public Tensor log() => Aten.Log.Tensor(this);

        public Tensor log_() => Aten.LogInPlace.InPlace(this);

        public Tensor log2() => Aten.Log2.Tensor(this);

        public Tensor log2_() => Aten.Log2InPlace.InPlace(this);

        public Tensor log10() => Aten.Log10.Tensor(this);

        public Tensor log10_() => Aten.Log10InPlace.InPlace(this);

        public Tensor log1p() => Aten.Log1p.Tensor(this);

        public Tensor log1p_() => Aten.Log1pInPlace.InPlace(this);

        public Tensor expm1() => Aten.Expm1.Tensor(this);

        public Tensor expm1_() => Aten.Expm1InPlace.InPlace(this);

        public Tensor erf() => Aten.Erf.Tensor(this);

        public Tensor erf_() => Aten.ErfInPlace.InPlace(this);

        public Tensor abs() => Aten.Abs.Tensor(this);

        public Tensor abs_() => Aten.AbsInPlace.InPlace(this);

        public Tensor sign() => Aten.Sign.Tensor(this);

        public Tensor sign_() => Aten.SignInPlace.InPlace(this);

        public Tensor neg() => Aten.Neg.Tensor(this);

        public Tensor neg_() => Aten.NegInPlace.InPlace(this);

        public Tensor sigmoid() => Aten.Sigmoid.Tensor(this);

        public Tensor sigmoid_() => Aten.SigmoidInPlace.InPlace(this);

        public Tensor tanh() => Aten.Tanh.Tensor(this);

        public Tensor tanh_() => Aten.TanhInPlace.InPlace(this);

        public Tensor sin() => Aten.Sin.Tensor(this);

        public Tensor sin_() => Aten.SinInPlace.InPlace(this);

        public Tensor cos() => Aten.Cos.Tensor(this);

        public Tensor cos_() => Aten.CosInPlace.InPlace(this);

        public Tensor floor() => Aten.Floor.Tensor(this);

        public Tensor floor_() => Aten.FloorInPlace.InPlace(this);

        public Tensor ceil() => Aten.Ceil.Tensor(this);

        public Tensor ceil_() => Aten.CeilInPlace.InPlace(this);

        public Tensor reciprocal() => Aten.Reciprocal.Tensor(this);

        public Tensor reciprocal_() => Aten.ReciprocalInPlace.InPlace(this);

        public Tensor erfinv() => Aten.Erfinv.Tensor(this);

        public Tensor erfinv_() => Aten.ErfinvInPlace.InPlace(this);

        public Tensor square() => pow(2);

        public Tensor negative() => neg();

        public Tensor round(long decimals = 0L) => Aten.Round.Tensor(this, decimals);

        public Tensor relu() => Aten.Relu.Tensor(this);

        public Tensor relu_() => Aten.ReluInPlace.InPlace(this);

        public Tensor gelu() => Aten.Gelu.Tensor(this);

        public Tensor gelu_() => Aten.GeluInPlace.InPlace(this);

        public Tensor silu() => Aten.Silu.Tensor(this);

        public Tensor silu_() => Aten.SiluInPlace.InPlace(this);

        public Tensor softmax(long dim, ScalarType? dtype = null) => Aten.Softmax.Tensor(this, dim, dtype);

        public Tensor log_softmax(long dim, ScalarType? dtype = null) => Aten.LogSoftmax.Tensor(this, dim, dtype);

        public Tensor isnan() => Aten.Isnan.Tensor(this);

        public Tensor isinf() => Aten.Isinf.Tensor(this);

        public Tensor isfinite() => Aten.Isfinite.Tensor(this);

        public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Tensor(this, other);

        public Tensor logical_or(Tensor other) => Aten.LogicalOr.Tensor(this, other);

        public Tensor logical_xor(Tensor other) => Aten.LogicalXor.Tensor(this, other);

        public Tensor logical_not() => Aten.LogicalNot.Tensor(this);

        public Tensor bitwise_and(Tensor other) => Aten.BitwiseAnd.Tensor(this, other);

        public Tensor bitwise_or(Tensor other) => Aten.BitwiseOr.Tensor(this, other);

        public Tensor bitwise_xor(Tensor other) => Aten.BitwiseXor.Tensor(this, other);

        public Tensor bitwise_not() => Aten.BitwiseNot.Tensor(this);
    }
}
