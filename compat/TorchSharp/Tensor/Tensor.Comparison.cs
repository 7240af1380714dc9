namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Aten.Eq.Tensor(this, target);

        public Tensor eq(Scalar target) => Aten.EqScalar.Tensor(this, target);

        public Tensor ne(Tensor target) => Aten.Ne.Tensor(this, target);

        public Tensor ne(Scalar target) => Aten.NeScalar.Tensor(this, target);

        public Tensor lt(Tensor target) => Aten.Lt.Tensor(this, target);

        public Tensor lt(Scalar target) => Aten.LtScalar.Tensor(this, target);

        public Tensor le(Tensor target) => Aten.Le.Tensor(this, target);

        public Tensor le(Scalar target) => Aten.LeScalar.Tensor(this, target);

        public Tensor gt(Tensor target) => Aten.Gt.Tensor(this, target);

        public Tensor gt(Scalar target) => Aten.GtScalar.Tensor(this, target);

        public Tensor ge(Tensor target) => Aten.Ge.Tensor(this, target);

        public Tensor ge(Scalar target) => Aten.GeScalar.Tensor(this, target);

        /// <summary>Elementwise, as <see cref="eq(Tensor)"/>; for one answer see <see cref="Equals(Tensor)"/>.</summary>
        public Tensor equal(Tensor target) => eq(target);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            Aten.Allclose.Bool(this, target, rtol, atol, equal_nan);

        public Tensor isclose(Tensor other, double rtol = 1e-05, double atol = 1e-08, bool nanEqual = false) =>
            Aten.Isclose.Tensor(this, other, rtol, atol, nanEqual);

        /// <summary>The same shape and the same elements.</summary>
        public bool Equals(Tensor target) => target is not null && Aten.Equal.Bool(this, target);

        public override bool Equals(object? obj) => obj is Tensor tensor && Equals(tensor);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
