namespace Lockstep.Models.Backbones;

/// <summary>
/// Bicubic resizing as a matrix, so that its backward is a matrix product and needs no atomics. Keys' kernel with
/// a = -0.75, borders repeated, no antialias, align_corners = false: PyTorch's interpolate(mode='bicubic').
/// </summary>
public static class BicubicMatrix
{
    private const double A = -0.75;

    /// <summary>Rows of weights: [outputs, inputs]. <paramref name="scale"/> is output over input as the caller states it, which may differ from outputs / inputs.</summary>
    public static double[,] Axis(int inputs, int outputs, double scale)
    {
        var weights = new double[outputs, inputs];
        for (var o = 0; o < outputs; o++)
        {
            var source = (o + 0.5) / scale - 0.5;
            var first = (int)Math.Floor(source);
            var t = source - first;
            ReadOnlySpan<double> taps = [Far(t + 1), Near(t), Near(1 - t), Far(2 - t)];
            for (var k = 0; k < 4; k++) weights[o, Math.Clamp(first - 1 + k, 0, inputs - 1)] += taps[k];
        }
        return weights;
    }

    /// <summary>Both axes at once: [rows * columns, inputs * inputs], row-major, for a square input map.</summary>
    public static float[] Plane(int inputs, int rows, int columns, double rowScale, double columnScale)
    {
        var (vertical, horizontal) = (Axis(inputs, rows, rowScale), Axis(inputs, columns, columnScale));
        var matrix = new float[rows * columns * inputs * inputs];
        var at = 0;
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                for (var i = 0; i < inputs; i++)
                    for (var j = 0; j < inputs; j++)
                        matrix[at++] = (float)(vertical[r, i] * horizontal[c, j]);
        return matrix;
    }

    private static double Near(double x) => ((A + 2) * x - (A + 3)) * x * x + 1;            // |x| <= 1
    private static double Far(double x) => ((A * x - 5 * A) * x + 8 * A) * x - 4 * A;       // 1 < |x| < 2
}
