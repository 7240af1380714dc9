using System.Runtime.CompilerServices;
using TorchSharp;

namespace Lockstep.Models.Tests.Golden;

/// <summary>Bits are promised for a fixed number of intra-op threads; the tests use one, as lanes do.</summary>
internal static class OneThread
{
    [ModuleInitializer]
    internal static void Set() => torch.set_num_threads(1);
}
