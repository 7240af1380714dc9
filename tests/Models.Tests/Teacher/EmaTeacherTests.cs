using Lockstep.Models.Replica;
using Lockstep.Models.Teacher;

namespace Lockstep.Models.Tests.Teacher;

public sealed class EmaTeacherTests
{
    [Theory]
    [InlineData(0.996)]
    [InlineData(1)]
    [InlineData(0)]
    public void Update_Momentum_IsTheShareOfTheOldTeacher(double momentum)
    {
        var layout = new FlatLayout([("w", [2]), ("running_mean", [1])]);
        using var teacher = new FlatBuffer(layout);
        using var student = new FlatBuffer(layout);
        (teacher.Span[0], student.Span[0]) = (1, 3);
        (teacher.Span[1], student.Span[1]) = (-2, 2);
        (teacher.SpanOf("running_mean")[0], student.SpanOf("running_mean")[0]) = (5, 7);
        EmaTeacher.Update(teacher, student, momentum, layout["running_mean"].Offset);
        Assert.Equal(momentum * 1 + (1 - momentum) * 3, teacher.Span[0], 1e-6);
        Assert.Equal(momentum * -2 + (1 - momentum) * 2, teacher.Span[1], 1e-6);
        Assert.Equal(3, student.Span[0]);
        Assert.Equal(5, teacher.SpanOf("running_mean")[0]); // no parameter
    }
}
