namespace Lockstep.Models.Dino;

/// <summary>The scheduled numbers of one step.</summary>
/// <param name="LearningRate">Of both parameter groups.</param>
/// <param name="WeightDecay">Of the decayed group.</param>
/// <param name="TeacherMomentum">Share of the old teacher that stays.</param>
/// <param name="TeacherTemperature">τt.</param>
/// <param name="UpdateCount">AdamW's t, this update included.</param>
/// <param name="LastLayerUpdateCount">The same for the last layer, which starts later; 0 while it is frozen.</param>
public sealed record DinoStep(
    double LearningRate, double WeightDecay, double TeacherMomentum, double TeacherTemperature,
    long UpdateCount, long LastLayerUpdateCount);
