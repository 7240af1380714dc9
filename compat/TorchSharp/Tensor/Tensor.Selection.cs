namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor index_select(long dim, Tensor index) => Aten.IndexSelect.Tensor(this, dim, index);

        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) =>
            Aten.IndexAddInPlace.InPlace(this, dim, LongIndex(index), source, alpha);

        public Tensor index_copy_(long dim, Tensor index, Tensor source) =>
            Aten.IndexCopyInPlace.InPlace(this, dim, LongIndex(index), source);

        public Tensor gather(long dim, Tensor index) => Aten.Gather.Tensor(this, dim, index);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Aten.Scatter.Tensor(this, dim, index, src);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Aten.ScatterInPlace.InPlace(this, dim, index, src);

        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Aten.ScatterAddInPlace.InPlace(this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) => Aten.MaskedFill.Tensor(this, mask, value);

        public Tensor masked_fill_(Tensor mask, Scalar value) => Aten.MaskedFillInPlace.InPlace(this, mask, value);

        public Tensor masked_select(Tensor mask)
        {
            if (mask.dtype != ScalarType.Bool)
                throw new ArgumentException("The mask tensor must be Boolean.");
            return Aten.MaskedSelect.Tensor(this, mask);
        }

        /// <summary>This tensor's elements where the condition holds, those of <paramref name="y"/> elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y)
        {
            if (condition.dtype != ScalarType.Bool)
                throw new ArgumentException("The condition to 'where' must be a boolean tensor.");
            return Aten.Where.Tensor(condition, this, y);
        }

        public Tensor nonzero() => Aten.Nonzero.Tensor(this);

        public Tensor repeat(params long[] sizes) => Aten.Repeat.Tensor(this, sizes);

        public Tensor repeat_interleave(long repeats, long? dim = null, long? output_size = null) =>
            Aten.RepeatInterleave.Tensor(this, repeats, dim, output_size);

        public Tensor flip(params long[] dims) => Aten.Flip.Tensor(this, dims);

        public Tensor roll(long shifts, long? dims = null) =>
            Aten.Roll.Tensor(this, new[] { shifts }, dims is null ? Array.Empty<long>() : new[] { dims.Value });

        public Tensor roll(long[] shifts, long[] dims) => Aten.Roll.Tensor(this, shifts, dims);

        public Tensor roll((long, long) shifts, (long, long) dims) =>
            roll(new[] { shifts.Item1, shifts.Item2 }, new[] { dims.Item1, dims.Item2 });

        public Tensor tril(long diagonal = 0) => Aten.Tril.Tensor(this, diagonal);

        public Tensor triu(long diagonal = 0) => Aten.Triu.Tensor(this, diagonal);

        public Tensor diag(long diagonal = 0) => Aten.Diag.Tensor(this, diagonal);

        private static Tensor LongIndex(Tensor index) => index.dtype == ScalarType.Int64
            ? index
            : throw new ArgumentException("Element type of 'index' must be 'Int64'");
    }
}
