using static TorchSharp.torch;

namespace Lockstep.Models.Dino;

/// <summary>
/// Cross-entropy of every student view to every teacher view but its own (equation 3 of the paper; DINOLoss in
/// main_dino.py).
/// </summary>
public static class DinoLoss
{
    /// <summary>
    /// The mean loss, the mean entropy of the teacher's q, whose difference is the mean KL(q ‖ p), and what each prototype
    /// gets of q over all rows, [K].
    /// </summary>
    /// <param name="student">Logits of V views, view-major: [V * B, K].</param>
    /// <param name="logQ">What the teacher says of the two global views (<see cref="TeacherAnswer"/>): [2 * B, K].</param>
    /// <param name="studentTemperature">τs.</param>
    public static (Tensor Loss, Tensor TeacherEntropy, Tensor Prototypes) Compute(Tensor student, Tensor logQ, double studentTemperature)
    {
        using var scope = NewDisposeScope();
        var batch = logQ.shape[0] / 2;
        var views = student.shape[0] / batch;

        var q = logQ.exp();                                                                 // [2B, K]
        var entropy = -(q * logQ).sum().Over(2 * batch);

        var logP = nn.functional.log_softmax(student.Over(studentTemperature), -1);         // [V * B, K]
        var (q0, q1) = (q.narrow(0, 0, batch), q.narrow(0, batch, batch));                  // [B, K] each
        var agreement = (q1 * logP.narrow(0, 0, batch)).sum().Plus((q0 * logP.narrow(0, batch, batch)).sum());
        if (views > 2)
        {
            // A local view answers to both teacher views, so to their sum.
            var locals = logP.narrow(0, 2 * batch, (views - 2) * batch).reshape(views - 2, batch, -1);
            agreement = agreement.Plus((q0.Plus(q1) * locals).sum());
        }
        var loss = -agreement.Over((2 * views - 2) * batch);                                // 2V - 2 pairs of views
        return (loss.MoveToOuterDisposeScope(), entropy.MoveToOuterDisposeScope(), q.sum(dim: 0).MoveToOuterDisposeScope());
    }

    /// <summary>The loss of every view of every image, a mean over the teacher views that it answers to: [V, B].</summary>
    /// <inheritdoc cref="Compute"/>
    public static Tensor ByView(Tensor student, Tensor logQ, double studentTemperature)
    {
        using var scope = NewDisposeScope();
        var batch = logQ.shape[0] / 2;
        var views = student.shape[0] / batch;
        var q = logQ.exp();                                                                 // [2B, K]
        var (q0, q1) = (q.narrow(0, 0, batch), q.narrow(0, batch, batch));                  // [B, K] each
        var logP = nn.functional.log_softmax(student.Over(studentTemperature), -1);         // [V * B, K]
        var losses = Enumerable.Range(0, (int)views).Select(v => -((v == 0 ? q1 : v == 1 ? q0 : q0.Plus(q1).Over(2)) * logP.narrow(0, v * batch, batch)).sum(dim: 1));
        return stack([.. losses], 0).MoveToOuterDisposeScope();
    }
}
