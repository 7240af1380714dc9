namespace Lockstep.Node.Evaluation;

/// <summary>k-NN accuracy of features.</summary>
/// <param name="Neighbours">k: how many voted.</param>
/// <param name="Top1">Share of images whose class got the most votes, 0 to 1.</param>
/// <param name="Top5">Share whose class was among the first min(5, k), 0 to 1.</param>
public sealed record KnnScore(int Neighbours, double Top1, double Top5);
