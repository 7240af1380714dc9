using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Teacher;

/// <summary>A teacher that is the exponential moving average of the student: θt ← m θt + (1 - m) θs.</summary>
public static class EmaTeacher
{
    /// <summary>One update of the whole buffer, in place. Both buffers have one layout.</summary>
    public static void Update(FlatBuffer teacher, FlatBuffer student, double momentum)
    {
        using var noGradients = no_grad();
        teacher.Tensor.mul_(momentum).add_(student.Tensor, 1 - momentum);
    }
}
