using Lockstep.Node.Data;
using Lockstep.Node.Data.Reading;
using Lockstep.Node.Recipes;

namespace Lockstep.Node.Evaluation.Online;

/// <summary>How the online evaluation reads its images: with the training's patience, until told to stop.</summary>
/// <param name="recipe">Sections Data, Model and Augment.</param>
/// <param name="images">The images.</param>
/// <param name="time">The clock.</param>
/// <param name="leave">Ends all patience: the node was asked to stop.</param>
/// <param name="stop">Ends the reads.</param>
internal sealed class KnnReads(TrainingRecipe recipe, KnnImages images, TimeProvider time, CancellationToken leave, CancellationToken stop)
{
    // Longer than a disk that is merely slow takes.
    private static readonly TimeSpan PatienceOnceStopped = TimeSpan.FromSeconds(1);

    private readonly SampleReads _bank = Reads(recipe, images.Bank, time, leave), _test = Reads(recipe, images.Test, time, leave);

    /// <summary>True while a read has waited for the storage for longer than it is waited for.</summary>
    public bool Hang
    {
        get
        {
            var (bank, test) = (_bank.WaitingFor(stop), _test.WaitingFor(stop));
            return (bank > test ? bank : test) >= (stop.IsCancellationRequested ? PatienceOnceStopped : _bank.PatienceWithHanging);
        }
    }

    /// <summary>Opens the images that vote.</summary>
    public LabelledImages OpenBank() => Open(images.Bank, images.Split.Bank, _bank);

    /// <summary>Opens the images that are classified.</summary>
    public LabelledImages OpenQueries() => Open(images.Test, images.Split.Queries, _test);

    private LabelledImages Open(ISampleSource source, int[] chosen, SampleReads reads) =>
        new(new ChosenSamples(source, chosen, reads, stop), recipe.Model.ImageSize, recipe.Augment.Mean, recipe.Augment.Std,
            recipe.Evaluation.ResizeSide(recipe.Model.ImageSize));

    private static SampleReads Reads(TrainingRecipe recipe, ISampleSource source, TimeProvider time, CancellationToken leave) =>
        new(source, TimeSpan.FromSeconds(recipe.Data.ReadRetrySeconds), time, leave: leave);
}
