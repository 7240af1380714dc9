using Lockstep.Models.Replica;
using static TorchSharp.torch;

namespace Lockstep.Models.Teacher;

/// <summary>A teacher that is the exponential moving average of the student: θt ← m θt + (1 - m) θs.</summary>
public static class EmaTeacher
{
    /// <summary>One update of the parameters, in place. Both buffers have one layout.</summary>
    /// <param name="teacher">θt.</param>
    /// <param name="student">θs.</param>
    /// <param name="momentum">m.</param>
    /// <param name="floats">Where the parameters end in both; running statistics, which lie behind, are not averaged.</param>
    public static void Update(FlatBuffer teacher, FlatBuffer student, double momentum, long floats)
    {
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        teacher.Tensor.narrow(0, 0, floats).ScaleBy(momentum).Increase(student.Tensor.narrow(0, 0, floats), 1 - momentum);
    }
}
