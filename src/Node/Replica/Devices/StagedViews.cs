using Lockstep.Models;
using Lockstep.Node.Data;
using static TorchSharp.torch;

namespace Lockstep.Node.Replica.Devices;

/// <summary>
/// The way of the views to a device: two sets of tensors in the CPU's memory, pinned for a GPU, and two on the device, used in
/// turns. So the device can still be copying and computing one microbatch while the next is put behind it.
/// </summary>
internal sealed class StagedViews(IReadOnlyList<ViewSpec> views, int microbatchSize, ComputeDevice device) : IDisposable
{
    private readonly (ViewTensors Host, ViewTensors Device)[] _sets = [Create(views, microbatchSize, device), Create(views, microbatchSize, device)];
    private int _next;

    /// <summary>
    /// Takes a microbatch and begins to copy it to the device. Between two calls but one, the caller has waited for the
    /// device: what is overwritten here has been copied and computed by then.
    /// </summary>
    /// <returns>The tensors on the device; valid until the call after the next.</returns>
    public IReadOnlyList<Tensor> Stage(Microbatch batch)
    {
        var (host, target) = _sets[_next];
        _next = 1 - _next;
        host.Fill(batch);
        for (var v = 0; v < host.Tensors.Count; v++) device.Upload(target.Tensors[v], host.Tensors[v]);
        return target.Tensors;
    }

    public void Dispose()
    {
        foreach (var (host, target) in _sets)
        {
            host.Dispose();
            target.Dispose();
        }
    }

    private static (ViewTensors, ViewTensors) Create(IReadOnlyList<ViewSpec> views, int microbatchSize, ComputeDevice device) =>
        (new ViewTensors(views, microbatchSize, device.CreateHostTensor), ViewTensors.On(device.Device, views, microbatchSize));
}
