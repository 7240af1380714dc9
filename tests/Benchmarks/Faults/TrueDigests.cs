using System.Numerics.Tensors;
using Lockstep.Models;
using Lockstep.Models.Replica;

namespace Lockstep.Benchmarks.Faults;

/// <summary>The digests that the law asks for: the same steps in one thread, without cluster, exchange or sleep.</summary>
internal sealed class TrueDigests : IDisposable
{
    private readonly int _microbatches;
    private readonly SleepMethod _method;
    private readonly ReplicaState _state;
    private readonly ILane _lane;
    private readonly FlatBuffer _sum;
    private readonly Stack<float[]> _free = [];

    public TrueDigests(FaultsOptions options)
    {
        _microbatches = options.Microbatches;
        _method = new(Lockstep.Cli.Recipes.RecipeLoader.Load(options.Recipe[0], [.. options.Recipe.Skip(1), "Run:Folder=."]).ShapeFor(FaultsNode.Samples), options.Floats, TimeSpan.Zero);
        _state = new(_method.State);
        _method.Initialize(_state);
        _lane = _method.CreateLane(_state);
        _sum = new(_method.Contribution);
    }

    /// <summary>Takes the next step; the digest after it.</summary>
    public string Next()
    {
        var sum = Sum(0, _microbatches);
        sum.CopyTo(_sum.Span);
        _free.Push(sum);
        _method.Apply(_state, _sum);
        return _state.Digest();
    }

    public void Dispose()
    {
        _sum.Dispose();
        _lane.Dispose();
        _state.Dispose();
    }

    private float[] Sum(int first, int count)
    {
        if (count == 1)
        {
            var leaf = _free.TryPop(out var free) ? free : new float[_method.Contribution.Length];
            _lane.Compute([], first).Span.CopyTo(leaf);
            return leaf;
        }
        var (left, right) = (Sum(first, count / 2), Sum(first + count / 2, count / 2));
        TensorPrimitives.Add(left, right, left);
        _free.Push(right);
        return left;
    }
}
