namespace TorchSharp;

/// <summary>
/// Turns an indexing expression into what ATen knows: views (select, slice, unsqueeze), and then at most one
/// index by tensors. The same steps as Python's t[...] takes.
/// </summary>
internal sealed class IndexSteps : IDisposable
{
    private readonly DisposeScope scope = torch.NewDisposeScope();
    private readonly List<torch.Tensor?> tensors = [];

    internal IndexSteps(torch.Tensor self, torch.TensorIndex[] indices)
    {
        View = self;
        try
        {
            Apply(self, indices);
        }
        catch
        {
            scope.Dispose();
            throw;
        }
    }

    /// <summary>The tensor after its views; it belongs to this object, unless it is the tensor itself.</summary>
    internal torch.Tensor View { get; private set; }

    /// <summary>One a dimension of the view, null for a whole one; null when there are none.</summary>
    internal torch.Tensor?[]? Tensors => tensors.Exists(t => t is not null) ? tensors.ToArray() : null;

    public void Dispose() => scope.Dispose();

    private void Apply(torch.Tensor self, torch.TensorIndex[] indices)
    {
        var consumed = indices.Sum(Consumes);
        if (consumed > self.ndim)
        {
            throw new System.Runtime.InteropServices.ExternalException(
                $"too many indices for tensor of dimension {self.ndim}: {consumed}");
        }

        var dim = 0L;
        foreach (var index in indices)
            dim = Apply(index, dim, self.ndim - consumed);
    }

    /// <summary>Applies one index at a dimension of the view and returns the dimension of the next.</summary>
    private long Apply(torch.TensorIndex index, long dim, long remaining)
    {
        switch (index.kind)
        {
            case torch.TensorIndex.Kind.Single:
                View = View.select(dim, index.start!.Value);
                return dim;
            case torch.TensorIndex.Kind.Slice:
                View = Slice(index, dim);
                return dim + 1;
            case torch.TensorIndex.Kind.Ellipsis:
                return dim + remaining;
            case torch.TensorIndex.Kind.Tensor:
                return Record(index.tensor!, dim);
            case torch.TensorIndex.Kind.Bool:
                View = View.unsqueeze(dim);
                return Record(torch.full(1, index.start != 0, torch.ScalarType.Bool, View.device), dim);
            default:
                View = View.unsqueeze(dim);
                return dim + 1;
        }
    }

    private torch.Tensor Slice(torch.TensorIndex index, long dim)
    {
        if (index.start is null && index.stop is null && index.step is null)
            return View;
        return Aten.Slice.Tensor(View, dim, index.start ?? 0, index.stop ?? long.MaxValue, index.step ?? 1);
    }

    private long Record(torch.Tensor index, long dim)
    {
        while (tensors.Count < dim)
            tensors.Add(null);
        tensors.Add(index);
        return dim + Consumes(torch.TensorIndex.Tensor(index));
    }

    /// <summary>How many dimensions of the tensor an index uses up: a mask as many as it has itself.</summary>
    private static long Consumes(torch.TensorIndex index) => index.kind switch
    {
        torch.TensorIndex.Kind.Single or torch.TensorIndex.Kind.Slice => 1,
        torch.TensorIndex.Kind.Tensor when index.tensor!.dtype == torch.ScalarType.Bool => index.tensor.ndim,
        torch.TensorIndex.Kind.Tensor => 1,
        _ => 0,
    };
}
