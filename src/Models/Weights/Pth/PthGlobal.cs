namespace Lockstep.Models.Weights.Pth;

/// <summary>A Python name that a state dict may ask for.</summary>
/// <param name="Name">Module and name.</param>
/// <param name="Kind">What stands for it here.</param>
/// <param name="Dtype">Of a storage: the type of its values, by safetensors' names; otherwise empty.</param>
internal sealed record PthGlobal(string Name, PthGlobal.Meaning Kind, string Dtype = "")
{
    public enum Meaning
    {
        OrderedDict, Tensor, Parameter, Size, Storage, Inert,
    }
}
