namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor max() => Aten.Max.Tensor(this);

        public Tensor max(Tensor other) => maximum(other);

        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => Aten.MaxDim.Pair(this, dim, keepdim);

        public Tensor min() => Aten.Min.Tensor(this);

        public Tensor min(Tensor other) => minimum(other);

        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => Aten.MinDim.Pair(this, dim, keepdim);

        public Tensor amax(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Aten.Amax.Tensor(this, dims, keepdim) : @out.copy_(Aten.Amax.Tensor(this, dims, keepdim));

        public Tensor amax(params long[] dims) => amax(dims, false);

        public Tensor amin(long[] dims, bool keepdim = false, Tensor? @out = null) =>
            @out is null ? Aten.Amin.Tensor(this, dims, keepdim) : @out.copy_(Aten.Amin.Tensor(this, dims, keepdim));

        public Tensor amin(params long[] dims) => amin(dims, false);

        /// <summary>The place of the largest element of the flattened tensor.</summary>
        public Tensor argmax() => Aten.Argmax.Tensor(this);

        public Tensor argmax(long dim, bool keepdim = false) => Aten.Argmax.Tensor(this, dim, keepdim);

        public Tensor argmin() => Aten.Argmin.Tensor(this);

        public Tensor argmin(long dim, bool keepdim = false) => Aten.Argmin.Tensor(this, dim, keepdim);

        public Tensor argsort(long dim = -1, bool descending = false) => Aten.Argsort.Tensor(this, dim, descending);

        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) =>
            Aten.Sort.Pair(this, stable, dim, descending);

        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) =>
            Aten.Topk.Pair(this, k, dim, largest, sorted);
    }
}
