namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>Adds to the gradients of the leaves. Each thread may run its own at the same time.</summary>
        /// <param name="grad_tensors">One weight a tensor; one-element tensors need none.</param>
        /// <param name="retain_graph">Keeps the graph for another pass; by default when the pass is recorded.</param>
        /// <param name="create_graph">Records the pass itself, for second derivatives.</param>
        /// <param name="inputs">The leaves to add to; all of them by default.</param>
        public static unsafe void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null)
        {
            var retain = retain_graph ?? create_graph;
            var outputs = HandlesOf(tensors);
            var weights = HandlesOf(grad_tensors);
            var leaves = HandlesOf(inputs);
            int result;
            fixed (nint* o = outputs, w = weights, l = leaves)
            {
                result = NativeMethods.lt_backward(
                    o, outputs.Length, w, weights.Length, retain ? 1 : 0, create_graph ? 1 : 0, l, leaves.Length);
            }

            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
            NativeErrors.Check(result);
        }

        public static void backward(
            Tensor tensor, IList<Tensor>? grad_tensors = null, bool? retain_graph = null, bool create_graph = false,
            IList<Tensor>? inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        public static void backward(
            Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor>? inputs = null) =>
            backward([tensor], [grad_tensor], retain_graph, create_graph, inputs);

        /// <summary>The gradients of outputs with respect to inputs, which are returned and added nowhere.</summary>
        /// <remarks>Second derivatives want retain_graph as well as create_graph. Of an unused input: an invalid tensor.</remarks>
        public static unsafe IList<Tensor> grad(
            IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor>? grad_outputs = null, bool retain_graph = false,
            bool create_graph = false, bool allow_unused = false)
        {
            var from = HandlesOf(outputs);
            var to = HandlesOf(inputs);
            var weights = HandlesOf(grad_outputs);
            var gradients = new nint[to.Length];
            int result;
            fixed (nint* f = from, t = to, w = weights, g = gradients)
            {
                result = NativeMethods.lt_gradients(
                    f, from.Length, t, to.Length, w, weights.Length, retain_graph ? 1 : 0, create_graph ? 1 : 0,
                    allow_unused ? 1 : 0, g);
            }

            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            NativeErrors.Check(result);
            return Array.ConvertAll(gradients, g => new Tensor(g));
        }

        internal static nint[] HandlesOf(IEnumerable<Tensor>? tensors) =>
            tensors is null ? [] : tensors.Select(t => t.Handle).ToArray();
    }
}
