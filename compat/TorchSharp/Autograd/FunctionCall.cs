using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>One application of a managed function: it runs the forward now, and its backward when the graph asks.</summary>
        /// <remarks>The node of the graph keeps this object alive by a GCHandle, and frees it when the graph goes.</remarks>
        internal sealed unsafe class FunctionCall(
            string name, object[] arguments, Func<AutogradContext, List<Tensor>, List<Tensor>> backward)
        {
            private readonly AutogradContext context = new();
            private readonly bool[] isTensor = Array.ConvertAll(arguments, a => a is Tensor { IsInvalid: false });
            private (long[] Shape, ScalarType Type, Device Device)[] outputs = [];

            internal List<Tensor> Run(Func<AutogradContext, object[], List<Tensor>> forward)
            {
                var inputs = arguments.OfType<Tensor>().Where(t => !t.IsInvalid).ToList();
                var recorded = AutoGradMode.IsEnabled && inputs.Exists(t => t.requires_grad);
                var node = recorded ? NewNode(inputs) : 0;
                try
                {
                    List<Tensor> raw;
                    using (no_grad())
                        raw = forward(context, arguments);
                    var wrapped = Wrap(node, inputs, raw);
                    outputs = wrapped.Select(t => (t.shape, t.dtype, t.device)).ToArray();
                    if (recorded)
                        context.Save(node);
                    return wrapped;
                }
                finally
                {
                    if (node != 0)
                        NativeMethods.lt_node_release(node);
                    arguments = [];
                }
            }

            private nint NewNode(List<Tensor> inputs)
            {
                var self = GCHandle.ToIntPtr(GCHandle.Alloc(this));
                var handles = HandlesOf(inputs);
                fixed (nint* first = handles)
                {
                    var node = NativeMethods.lt_node(first, handles.Length, &OnBackward, &OnDrop, self);
                    GC.KeepAlive(inputs);
                    return NativeErrors.Check(node);
                }
            }

            private List<Tensor> Wrap(nint node, List<Tensor> inputs, List<Tensor> raw)
            {
                nint[] ins = HandlesOf(inputs), outs = HandlesOf(raw);
                nint[] constants = HandlesOf(context.NonDifferentiableTensors), dirty = HandlesOf(context.DirtyTensors);
                var results = new nint[outs.Length];
                int status;
                fixed (nint* i = ins, c = constants, d = dirty, o = outs, r = results)
                {
                    status = NativeMethods.lt_node_wrap(
                        node, i, ins.Length, c, constants.Length, d, dirty.Length, o, outs.Length, r);
                }

                GC.KeepAlive(inputs);
                GC.KeepAlive(raw);
                GC.KeepAlive(context);
                NativeErrors.Check(status);
                return results.Select(handle => new Tensor(handle)).ToList();
            }

            private void Backward(nint node, ReadOnlySpan<nint> gradients, Span<nint> results)
            {
                using var scope = NewDisposeScope();
                context.RunningNode = node;
                var incoming = new List<Tensor>();
                for (var i = 0; i < gradients.Length; i++)
                    incoming.Add(Incoming(gradients[i], i));

                var outgoing = backward(context, incoming);
                if (outgoing.Count > isTensor.Length && outgoing.Skip(isTensor.Length).All(t => t is null || t.IsInvalid))
                    outgoing = outgoing.GetRange(0, isTensor.Length);
                if (outgoing.Count != isTensor.Length)
                {
                    throw new NotImplementedException(
                        $"Function {name} returned {outgoing.Count} gradients for {isTensor.Length} arguments of its forward.");
                }

                var next = 0;
                for (var i = 0; i < isTensor.Length; i++)
                {
                    var isDefined = outgoing[i] is { IsInvalid: false };
                    if (isTensor[i])
                        results[next++] = isDefined ? NativeMethods.lt_share(outgoing[i].Handle) : 0;
                    else if (isDefined)
                        throw new NotImplementedException($"Function {name} returned a gradient for argument {i}, which is no tensor.");
                }

                GC.KeepAlive(outgoing);
            }

            private Tensor Incoming(nint gradient, int index)
            {
                if (gradient == 0 && context.MaterializeGrads)
                    return zeros(outputs[index].Shape, outputs[index].Type, outputs[index].Device);
                return new Tensor(gradient == 0 ? 0 : NativeMethods.lt_share(gradient));
            }

            [UnmanagedCallersOnly]
            private static int OnBackward(nint self, nint node, nint* gradients, int count, nint* results, int resultCount)
            {
                try
                {
                    var call = (FunctionCall)GCHandle.FromIntPtr(self).Target!;
                    call.Backward(node, new ReadOnlySpan<nint>(gradients, count), new Span<nint>(results, resultCount));
                    return 0;
                }
                catch (Exception exception)
                {
                    NativeErrors.Keep(exception);
                    return 1;
                }
            }

            [UnmanagedCallersOnly]
            private static void OnDrop(nint self)
            {
                var handle = GCHandle.FromIntPtr(self);
                ((FunctionCall)handle.Target!).context.Dispose();
                handle.Free();
            }
        }
    }
}
