using System.Runtime.InteropServices;
using Lockstep.Node.Replica.Devices;
using TorchSharp;
using static TorchSharp.torch;

namespace Lockstep.Node.Evaluation;

/// <summary>
/// The most similar features of a bank (dot product), for many queries. Both are taken in blocks, so what is needed beside
/// the features themselves does not grow with either: 50 MB with 384 features, 100 MB with 2,048.
/// </summary>
public static class NearestNeighbours
{
    private const int QueryRows = 512, BankRows = 8192;

    /// <summary>Visits every query with its neighbours, in order.</summary>
    /// <param name="bank">Features to look among, of length 1 for cosine similarity.</param>
    /// <param name="queries">Features of the same dimension.</param>
    /// <param name="count">Neighbours of each; all of a bank that has fewer.</param>
    /// <param name="visit">Gets a query's index and its neighbours, which it may keep.</param>
    /// <param name="threads">Threads beside libtorch's own; 1: the caller's alone, with its priority; -1: as many as there are cores.</param>
    /// <param name="device">Where the products are formed, block by block; null: on the CPU.</param>
    public static void Visit(FeatureSet bank, FeatureSet queries, int count, Action<int, NearestList> visit, int threads = -1, ComputeDevice? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        if (bank.Dimension != queries.Dimension) throw new ArgumentException($"features of {queries.Dimension} and {bank.Dimension} numbers cannot be compared", nameof(queries));
        var similarities = new float[Math.Min(QueryRows, queries.Count) * Math.Min(BankRows, bank.Count)];
        for (var start = 0; start < queries.Count; start += QueryRows)
        {
            var lists = new NearestList[Math.Min(QueryRows, queries.Count - start)];
            for (var i = 0; i < lists.Length; i++) lists[i] = new NearestList(Math.Min(count, bank.Count));
            Fill(bank, queries, start, lists, similarities, new() { MaxDegreeOfParallelism = threads }, (device ?? ComputeDevice.Cpu).Device);
            for (var i = 0; i < lists.Length; i++) visit(start + i, lists[i]);
        }
    }

    private static void Fill(FeatureSet bank, FeatureSet queries, int start, NearestList[] lists, float[] similarities, ParallelOptions threads, Device device)
    {
        using var scope = NewDisposeScope();
        var block = queries.Rows(start, lists.Length).to(device);                               // [Q, D]
        for (var first = 0; first < bank.Count; first += BankRows)
        {
            using var inner = NewDisposeScope();
            var count = Math.Min(BankRows, bank.Count - first);
            var products = matmul(block, bank.Rows(first, count).to(device).t()).contiguous().cpu(); // [Q, count]
            products.bytes.CopyTo(MemoryMarshal.AsBytes(similarities.AsSpan()));
            var offset = first;
            Parallel.For(0, lists.Length, threads, q => lists[q].Offer(similarities.AsSpan(q * count, count), offset));
        }
    }
}
