namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Read(NativeMethods.lt_requires_grad(Handle)) != 0;
            set
            {
                NativeErrors.Check(NativeMethods.lt_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public bool is_leaf => Read(NativeMethods.lt_is_leaf(Handle)) != 0;

        /// <summary>
        /// Null until a backward reaches this leaf; later ones add to it, in place. Each get makes a new handle.
        /// </summary>
        public Tensor? grad
        {
            get
            {
                var gradient = NativeMethods.lt_grad(Handle);
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }

            set
            {
                NativeErrors.Check(NativeMethods.lt_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(this);
                GC.KeepAlive(value);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public Tensor detach() => Aten.Detach.Tensor(this);

        public Tensor detach_() => Aten.DetachInPlace.InPlace(this);

        /// <summary>Adds the gradients of this one-element tensor to the leaves it was computed from.</summary>
        public void backward() => autograd.backward([this]);

        public void backward(
            IList<Tensor>? grad_tensors = null, bool retain_graph = false, bool create_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }
}
