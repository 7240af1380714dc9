namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor sum(ScalarType? type = null) => Aten.Sum.Tensor(this, type);

        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum(new[] { dim }, keepdim, type);

        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) =>
            sum(new[] { dim0, dim1 }, keepdim, type);

        public Tensor sum(long dim0, long dim1, long dim2, bool keepdim = false, ScalarType? type = null) =>
            sum(new[] { dim0, dim1, dim2 }, keepdim, type);

        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => Aten.SumDims.Tensor(this, dim, keepdim, type);

        public Tensor mean() => Aten.Mean.Tensor(this);

        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
            Aten.MeanDims.Tensor(this, dimensions, keepdim, type);

        public Tensor prod(ScalarType? type = null) => Aten.Prod.Tensor(this, type);

        public Tensor norm(float p = 2.0f) => Aten.Norm.Tensor(this, p);

        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) => Aten.NormDims.Tensor(this, p, new long[] { dim }, keepdim);

        public Tensor logsumexp(long dim, bool keepdim = false) => Aten.Logsumexp.Tensor(this, new[] { dim }, keepdim);

        public Tensor cumsum(long dim, ScalarType? type = null) => Aten.Cumsum.Tensor(this, dim, type);

        public Tensor all() => Aten.All.Tensor(this);

        public Tensor all(long dim, bool keepdim = false) => Aten.AllDim.Tensor(this, dim, keepdim);

        public Tensor any() => Aten.Any.Tensor(this);

        public Tensor any(long dim, bool keepdim = false) => Aten.AnyDim.Tensor(this, dim, keepdim);

        public Tensor count_nonzero(long[]? dims = null) => Aten.CountNonzero.Tensor(this, dims ?? AllDimensions());

        private long[] AllDimensions()
        {
            var all = new long[Dimensions];
            for (var i = 0; i < all.Length; i++)
                all[i] = i;
            return all;
        }
    }
}
