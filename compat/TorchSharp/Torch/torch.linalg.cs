namespace TorchSharp;

public static partial class torch
{
    public static class linalg
    {
        /// <param name="dims">All of them, flattened, by default.</param>
        public static Tensor vector_norm(Tensor input, double ord = 2d, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgVectorNorm.Tensor(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Tensor(input, Argument.None, dims, keepdim);

        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Tensor(input, ord, dims, keepdim);

        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) =>
            Aten.LinalgNorm.Tensor(input, ord, dims, keepdim);
    }
}
