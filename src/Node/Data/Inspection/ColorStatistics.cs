namespace Lockstep.Node.Data.Inspection;

/// <summary>
/// Colours of some samples, channels red, green, blue, on [0, 1]. Every picture counts the same, whatever its size, as
/// crops of equal size see it.
/// </summary>
/// <param name="Images">Pictures decoded.</param>
/// <param name="Undecodable">Samples drawn that could not be decoded.</param>
/// <param name="Mean">Three means.</param>
/// <param name="Std">Three standard deviations, over all pixels of all pictures.</param>
/// <param name="DecodeSeconds">What decoding took, added up over the threads.</param>
/// <param name="Megapixels">What was decoded.</param>
/// <param name="EncodedBytes">What it was decoded from.</param>
public sealed record ColorStatistics(
    int Images, int Undecodable, IReadOnlyList<double> Mean, IReadOnlyList<double> Std,
    double DecodeSeconds, double Megapixels, long EncodedBytes);
