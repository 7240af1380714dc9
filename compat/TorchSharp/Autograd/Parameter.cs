using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>A tensor that is learned.</summary>
    public class Parameter : torch.Tensor
    {
        /// <param name="data">A leaf, whose handle is taken over: this object becomes invalid.</param>
        public Parameter(torch.Tensor data, bool requires_grad = true)
            : base(data.with_requires_grad(requires_grad)) => DisposeScope.ReplaceWith(data, this);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
