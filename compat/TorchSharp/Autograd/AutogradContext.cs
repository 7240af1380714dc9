namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>What a function's forward hands to its backward.</summary>
        public class AutogradContext : IDisposable
        {
            private readonly Dictionary<string, object> data = [];
            private List<SavedVariable?> saved = [];
            private List<Tensor> toSave = [];

            internal AutogradContext()
            {
            }

            public bool MaterializeGrads { get; private set; } = true;

            internal List<Tensor> DirtyTensors { get; private set; } = [];

            internal List<Tensor> NonDifferentiableTensors { get; private set; } = [];

            /// <summary>The node whose backward is running.</summary>
            internal nint RunningNode { get; set; }

            public void save_for_backward(List<Tensor> tensors) => toSave = tensors;

            public void save_data(string key, object value) => data[key] = value;

            public object get_data(string key) => data.GetValueOrDefault(key)!;

            public void mark_dirty(List<Tensor> tensors) => DirtyTensors = [.. tensors];

            public void mark_non_differentiable(List<Tensor> tensors) => NonDifferentiableTensors = [.. tensors];

            /// <summary>Whether an output without a gradient gets zeros for one, or a tensor that is invalid.</summary>
            public void set_materialize_grads(bool value) => MaterializeGrads = value;

            public List<Tensor> get_saved_variables() => saved.ConvertAll(s => s?.Unpack(RunningNode)!);

            internal void Save(nint node)
            {
                saved = toSave.ConvertAll(t => t is null || t.IsInvalid ? null : new SavedVariable(t, node));
                toSave = [];
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                foreach (var variable in saved)
                    variable?.Dispose();
                saved = [];
            }
        }
    }
}
