using Lockstep.Models.Layers;
using static TorchSharp.torch;

namespace Lockstep.Models.Backbones;

/// <summary>
/// Learned positions of the class token and of a square grid of patches; other grids get a bicubic resize of it. As in
/// DINO's interpolate_pos_encoding, the scale is (grid + 0.1) / native grid, which moves the sampling points a little.
/// </summary>
public sealed class PositionEmbedding : IDisposable
{
    private readonly int _grid;
    private readonly Tensor _embedding; // [1, 1 + grid * grid, D]
    private readonly Dictionary<(int Rows, int Columns), Tensor> _matrices = [];

    public PositionEmbedding(IParameterSource source, string name, int grid, int dim)
    {
        _grid = grid;
        _embedding = source.Get(name, [1, 1 + grid * grid, dim], Init.TruncatedNormal(0.02));
    }

    /// <summary>[1, 1 + rows * columns, D], class token first.</summary>
    public Tensor For(int rows, int columns)
    {
        if (rows == _grid && columns == _grid) return _embedding;
        var token = _embedding.narrow(1, 0, 1);                             // [1, 1, D]
        var native = _embedding.narrow(1, 1, _grid * _grid).squeeze(0);     // [grid * grid, D]
        var resized = matmul(MatrixFor(rows, columns), native);             // [rows * columns, D]
        return cat([token, resized.unsqueeze(0)], 1);
    }

    public void Dispose()
    {
        foreach (var matrix in _matrices.Values) matrix.Dispose();
        _matrices.Clear();
    }

    // On the device of the positions.
    internal Tensor MatrixFor(int rows, int columns)
    {
        if (_matrices.TryGetValue((rows, columns), out var matrix)) return matrix;
        var weights = BicubicMatrix.Plane(_grid, rows, columns, (rows + 0.1) / _grid, (columns + 0.1) / _grid);
        matrix = tensor(weights, device: _embedding.device).reshape(rows * columns, _grid * _grid).DetachFromDisposeScope();
        return _matrices[(rows, columns)] = matrix;
    }
}
