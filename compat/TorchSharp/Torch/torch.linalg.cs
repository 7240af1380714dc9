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

        /// <summary>Eigenvalues of a symmetric matrix, ascending, and its eigenvectors, the columns of the second result.</summary>
        /// <param name="UPLO">Which triangle is read: L or U.</param>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Aten.LinalgEigh.Pair(input, UPLO.ToString());
    }
}
