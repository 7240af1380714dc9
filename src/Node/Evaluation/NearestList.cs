namespace Lockstep.Node.Evaluation;

/// <summary>The most similar of all that was offered, most similar first; of equal ones those that came first.</summary>
public sealed class NearestList(int capacity)
{
    private readonly int[] _indices = new int[capacity];
    private readonly float[] _similarities = new float[capacity];
    private int _count;

    public ReadOnlySpan<int> Indices => _indices.AsSpan(0, _count);

    public ReadOnlySpan<float> Similarities => _similarities.AsSpan(0, _count);

    /// <summary>Offers candidates in a row.</summary>
    /// <param name="similarities">Of each.</param>
    /// <param name="first">Index of the first.</param>
    public void Offer(ReadOnlySpan<float> similarities, int first)
    {
        for (var i = 0; i < similarities.Length; i++)
        {
            if (_count < capacity || similarities[i] > _similarities[capacity - 1]) Insert(first + i, similarities[i]);
        }
    }

    private void Insert(int index, float similarity)
    {
        var (low, high) = (0, _count); // behind all that are as similar
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_similarities[middle] >= similarity) low = middle + 1;
            else high = middle;
        }
        if (_count < capacity) _count++;
        Array.Copy(_indices, low, _indices, low + 1, _count - low - 1);
        Array.Copy(_similarities, low, _similarities, low + 1, _count - low - 1);
        (_indices[low], _similarities[low]) = (index, similarity);
    }
}
