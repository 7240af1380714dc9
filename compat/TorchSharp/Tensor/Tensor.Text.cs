namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Shape, type and place, not the elements: <c>[2x3], type = Float32, device = cpu</c>.</summary>
        public override string ToString() =>
            $"[{string.Join('x', shape)}], type = {dtype}, device = {device}";
    }
}
