namespace Lockstep.Node.Augment;

/// <summary>
/// Point operations one after another in one pass over a picture, which is read once, block by block, and written once.
/// Not thread-safe: it is used again.
/// </summary>
public sealed class PointPass
{
    private readonly List<PointOperation> _operations = [];
    private readonly PixelBlock _block = new();

    /// <summary>Operations that wait for the next pass.</summary>
    public int Count => _operations.Count;

    public void Add(PointOperation operation) => _operations.Add(operation);

    /// <summary>
    /// Adds the colour jitter of a view in its order. Where contrast comes into it, the picture is passed over once before,
    /// for its mean grey after the operations that come before contrast.
    /// </summary>
    /// <param name="draw">Order and amounts.</param>
    /// <param name="planes">The picture that the operations are for. [3, H, W]</param>
    public void AddJitter(in ViewDraw draw, Span<byte> planes)
    {
        for (var place = 0; place < 4; place++)
        {
            switch (draw.JitterOrder[place])
            {
                case JitterOperation.Brightness when draw.Brightness is { } factor: Add(PointOperation.Brightness(factor)); break;
                case JitterOperation.Contrast when draw.Contrast is { } factor: Add(PointOperation.Contrast(factor, MeanGrey(planes))); break;
                case JitterOperation.Saturation when draw.Saturation is { } factor: Add(PointOperation.Saturation(factor)); break;
                case JitterOperation.Hue when draw.Hue is { } shift: Add(PointOperation.Hue(shift)); break;
            }
        }
    }

    /// <summary>Does what was added, and forgets it.</summary>
    /// <param name="planes">Changed in place. [3, H, W]</param>
    public void Run(Span<byte> planes)
    {
        if (_operations.Count == 0) return;
        for (var first = 0; _block.Load(planes, first) > 0; first += _block.Count)
        {
            Operate();
            _block.Store(planes, first);
        }
        _operations.Clear();
    }

    /// <summary>Does what was added, forgets it, and returns the mean grey of the result, rounded.</summary>
    /// <param name="planes">Changed in place. [3, H, W]</param>
    public int MeanGrey(Span<byte> planes)
    {
        var sum = new LumaSum();
        for (var first = 0; _block.Load(planes, first) > 0; first += _block.Count)
        {
            Operate();
            if (_operations.Count > 0) _block.Store(planes, first);
            _block.Apply(ref sum);
        }
        _operations.Clear();
        return (int)Math.Floor(sum.Total / (double)(planes.Length / 3) + 0.5);
    }

    /// <summary>Does what was added, forgets it, and writes the result normalised.</summary>
    /// <param name="planes">[3, H, W]</param>
    /// <param name="normalization">What follows the operations.</param>
    /// <param name="into">Takes the floats. [3, H, W]</param>
    public void Run(ReadOnlySpan<byte> planes, Normalization normalization, Span<float> into)
    {
        if (into.Length != planes.Length) throw new ArgumentException($"{into.Length} floats for {planes.Length} bytes", nameof(into));
        for (var first = 0; _block.Load(planes, first) > 0; first += _block.Count)
        {
            Operate();
            for (var c = 0; c < 3; c++)
                normalization.Apply(c, _block[c], into.Slice(c * (planes.Length / 3) + first, _block.Count));
        }
        _operations.Clear();
    }

    private void Operate()
    {
        foreach (var operation in _operations)
        {
            switch (operation.What)
            {
                case PointOperation.Kind.Blend:
                    var blend = new BlendKernel(operation.Grey, operation.Factor);
                    _block.Apply(ref blend);
                    break;
                case PointOperation.Kind.Saturation:
                    var saturation = new SaturationKernel(operation.Factor);
                    _block.Apply(ref saturation);
                    break;
                case PointOperation.Kind.Hue:
                    var hue = new HueKernel(operation.Factor);
                    _block.Apply(ref hue);
                    break;
                case PointOperation.Kind.Greyscale:
                    var greyscale = new GreyscaleKernel();
                    _block.Apply(ref greyscale);
                    break;
                case PointOperation.Kind.Solarize:
                    var solarize = new SolarizeKernel();
                    _block.Apply(ref solarize);
                    break;
            }
        }
    }
}
