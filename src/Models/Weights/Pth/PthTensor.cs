namespace Lockstep.Models.Weights.Pth;

/// <summary>A tensor of a .pth file.</summary>
/// <param name="View">Where its values are.</param>
internal sealed record PthTensor(string Name, PthView View) : WeightTensor(Name, View.Storage.Dtype, View.Shape);
