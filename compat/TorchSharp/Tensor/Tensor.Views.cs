namespace TorchSharp;

public static partial class torch
{
    /// <remarks>What does not copy: the results share this tensor's memory (reshape and flatten: where they can).</remarks>
    public partial class Tensor
    {
        public Tensor T => permute(Enumerable.Range(0, (int)ndim).Reverse().Select(i => (long)i).ToArray());

        public Tensor mT => transpose(-2, -1);

        public Tensor view(params long[] shape) => Aten.View.Tensor(this, shape);

        public Tensor view_as(Tensor other) => view(other.shape);

        public Tensor reshape(params long[] shape) => Aten.Reshape.Tensor(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.Flatten.Tensor(this, start_dim, end_dim);

        public Tensor unflatten(long dim, params long[] sizes) => Aten.Unflatten.Tensor(this, dim, sizes);

        public Tensor permute(params long[] permutation) => Aten.Permute.Tensor(this, permutation);

        public Tensor transpose(long dim0, long dim1) => Aten.Transpose.Tensor(this, dim0, dim1);

        public Tensor t() => Aten.T.Tensor(this);

        public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Tensor(this, dim, start, length);

        public Tensor slice(long dim, long start, long finish, long step) => Aten.Slice.Tensor(this, dim, start, finish, step);

        public Tensor select(long dim, long index) => Aten.Select.Tensor(this, dim, index);

        public Tensor squeeze(long? dim = null) =>
            dim is null ? Aten.Squeeze.Tensor(this) : Aten.SqueezeDim.Tensor(this, dim.Value);

        public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Tensor(this, dim);

        public Tensor unsqueeze_(long dim) => Aten.UnsqueezeInPlace.InPlace(this, dim);

        public Tensor expand(ReadOnlySpan<long> sizes, bool isImplicit = false) => Aten.Expand.Tensor(this, sizes.ToArray(), isImplicit);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Aten.Expand.Tensor(this, sizes, isImplicit);

        public Tensor expand(params long[] sizes) => Aten.Expand.Tensor(this, sizes);

        public Tensor expand_as(Tensor other) => expand(other.shape);

        public Tensor unfold(long dimension, long size, long step) => Aten.Unfold.Tensor(this, dimension, size, step);

        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0L) =>
            Aten.AsStrided.Tensor(this, size, strides, storageOffset);

        public Tensor[] unbind(long dimension = 0L) => Aten.Unbind.Tensors(this, dimension);

        public Tensor[] chunk(long chunks, long dim = 0L) => Aten.Chunk.Tensors(this, chunks, dim);

        public Tensor[] split(long size, int dim = 0) => Aten.Split.Tensors(this, size, dim);

        public Tensor[] split(ReadOnlySpan<long> sizes, long dim = 0) => split(sizes.ToArray(), dim);

        public Tensor[] split(long[] sizes, long dim = 0) => Aten.SplitWithSizes.Tensors(this, sizes, dim);

        public Tensor[] split(params long[] sizes) => split(sizes, 0);
    }
}
