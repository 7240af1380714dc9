using Lockstep.Node.Images;

namespace Lockstep.Node.Evaluation.Pictures;

/// <summary>Square pictures in rows and columns on white; cells that get none stay white.</summary>
/// <param name="cell">Side of a cell, pixels.</param>
public sealed class PictureGrid(int rows, int columns, int cell, int gap = 4)
{
    private readonly byte[] _canvas = White(rows, columns, cell, gap);

    /// <summary>Side of a cell, pixels.</summary>
    public int Cell => cell;

    /// <param name="picture">Interleaved RGB, [Cell, Cell, 3].</param>
    public void Put(int row, int column, ReadOnlySpan<byte> picture)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)columns, nameof(column));
        var (left, top) = (gap + column * (cell + gap), gap + row * (cell + gap));
        for (var y = 0; y < cell; y++)
            picture.Slice(y * cell * 3, cell * 3).CopyTo(_canvas.AsSpan(((top + y) * Width(columns, cell, gap) + left) * 3));
    }

    /// <summary>Writes a PNG; the folder is made where it is not there.</summary>
    /// <param name="upTo">Rows to write, the first ones; all where null.</param>
    public void Write(string path, int? upTo = null)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } folder) Directory.CreateDirectory(folder);
        var (width, height) = (Width(columns, cell, gap), Width(upTo ?? rows, cell, gap));
        File.WriteAllBytes(path, PngEncoder.Encode(_canvas.AsSpan(0, width * height * 3), width, height, PngPixels.Rgb));
    }

    /// <summary>A picture as a square, each pixel the nearest of the picture's: [side, side, 3].</summary>
    /// <param name="rgb">Interleaved RGB, [rows, columns, 3].</param>
    public static byte[] Resize(ReadOnlySpan<byte> rgb, int rows, int columns, int side)
    {
        var square = new byte[side * side * 3];
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
                rgb.Slice((y * rows / side * columns + x * columns / side) * 3, 3).CopyTo(square.AsSpan((y * side + x) * 3));
        }
        return square;
    }

    private static int Width(int cells, int cell, int gap) => cells * (cell + gap) + gap;

    private static byte[] White(int rows, int columns, int cell, int gap)
    {
        var canvas = new byte[checked(Width(columns, cell, gap) * Width(rows, cell, gap) * 3)];
        canvas.AsSpan().Fill(255);
        return canvas;
    }
}
