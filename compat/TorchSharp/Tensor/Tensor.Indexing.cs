using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => this[Singles(i1)] = value;
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => index(Singles(i1, i2));
            set => this[Singles(i1, i2)] = value;
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => index(Singles(i1, i2, i3));
            set => this[Singles(i1, i2, i3)] = value;
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(Singles(i1, i2, i3, i4));
            set => this[Singles(i1, i2, i3, i4)] = value;
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => index(Singles(indices));
            set => this[Singles(indices)] = value;
        }

        /// <summary>A view where there are only numbers and slices; a copy where a tensor or a bool is among the indices.</summary>
        public Tensor index(params TensorIndex[] indices)
        {
            using var steps = new IndexSteps(this, indices);
            var result = steps.Tensors is null ? steps.View.alias() : Aten.Index.Tensor(steps.View, steps.Tensors);
            return result.MoveToOuterDisposeScope();
        }

        public Tensor index(params Tensor[] indices) => index(Array.ConvertAll(indices, TensorIndex.Tensor));

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, accumulate: false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            using var steps = new IndexSteps(this, indices);
            if (steps.Tensors is not null)
                Aten.IndexPutInPlace.InPlace(steps.View, steps.Tensors, Cast(value), accumulate);
            else if (accumulate)
                throw new ArgumentException("To accumulate, 'indices' must hold tensors.");
            else
                steps.View.copy_(value);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor), accumulate: false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) =>
            index_put_(value, Array.ConvertAll(indices, TensorIndex.Tensor), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using var scope = NewDisposeScope();
            return index_put_(full(Array.Empty<long>(), value, dtype, device), indices, accumulate: false);
        }

        private static TensorIndex[] Singles(params long[] indices) => Array.ConvertAll(indices, i => TensorIndex.Single(i));

        // The dispatcher's index_put_ wants the value's type to be this tensor's; assignment converts.
        private Tensor Cast(Tensor value) => value.dtype == dtype ? value : value.to_type(dtype);
    }
}
