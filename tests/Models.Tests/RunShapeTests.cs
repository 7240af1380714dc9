namespace Lockstep.Models.Tests;

public sealed class RunShapeTests
{
    private static readonly RunShape s_shape = new(Seed: 0, Samples: 103, GlobalBatch: 16, Microbatches: 4, TotalSteps: 100);

    [Fact]
    public void EpochOf_Drop_CountsWholeSteps()
    {
        Assert.Equal([0, 0, 1, 1, 2], new long[] { 0, 5, 6, 11, 12 }.Select(s_shape.EpochOf)); // 6 steps an epoch
        Assert.Equal([0, 6, 12], new long[] { 0, 1, 2 }.Select(s_shape.FirstStepOf));
        Assert.Equal(15, s_shape.StepsIn(2.5));
    }

    [Fact]
    public void EpochOf_Carry_IsThatOfTheStepsFirstImage()
    {
        var shape = s_shape with { LastBatch = LastBatch.Carry };
        // Step 6 begins with image 96 of epoch 0 and ends with image 8 of epoch 1; step 13 begins with image 208, the third of epoch 2.
        Assert.Equal([0, 0, 1, 1, 2], new long[] { 0, 6, 7, 12, 13 }.Select(shape.EpochOf));
        Assert.Equal(16, shape.StepsIn(2.5)); // 257.5 images
    }

    [Theory]
    [InlineData(LastBatch.Drop)]
    [InlineData(LastBatch.Carry)]
    public void FirstStepOf_AnyShape_IsTheFirstStepOfItsEpoch(LastBatch lastBatch)
    {
        foreach (var samples in new[] { 16, 17, 31, 32, 103, 160 })
        {
            var shape = s_shape with { Samples = samples, LastBatch = lastBatch };
            for (var epoch = 1; epoch < 40; epoch++)
            {
                var first = shape.FirstStepOf(epoch);
                Assert.True(shape.EpochOf(first) >= epoch && shape.EpochOf(first - 1) < epoch, $"{samples} images: epoch {epoch} is said to begin at step {first}");
            }
        }
    }
}
