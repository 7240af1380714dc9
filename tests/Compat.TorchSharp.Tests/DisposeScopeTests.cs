using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Compat.TorchSharp.Tests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Scope_DisposesWhatWasMadeInIt()
    {
        var before = zeros(1);
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = zeros(1) + 1;
            Assert.Equal(2, scope.DisposablesCount);
        }

        Assert.True(inside.IsInvalid);
        Assert.False(before.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => inside.Handle);
    }

    [Fact]
    public void Move_GoesOneScopeOut()
    {
        Tensor tensor;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                tensor = zeros(1).MoveToOuterDisposeScope();
                Assert.Equal(0, inner.DisposablesCount);
            }

            Assert.False(tensor.IsInvalid);
            Assert.Equal(1, outer.DisposablesCount);
        }

        Assert.True(tensor.IsInvalid);
    }

    [Fact]
    public void Move_OutOfTheOutermost_Detaches()
    {
        Tensor tensor;
        using (NewDisposeScope())
            tensor = zeros(1).MoveToOuterDisposeScope();
        Assert.False(tensor.IsInvalid);
    }

    [Fact]
    public void Detach_LeavesAllScopes()
    {
        Tensor tensor;
        using (NewDisposeScope())
        using (NewDisposeScope())
            tensor = zeros(1).DetachFromDisposeScope();
        Assert.False(tensor.IsInvalid);
    }

    [Fact]
    public void Scope_MovesSeveralAtOnce()
    {
        using var outer = NewDisposeScope();
        using (var inner = NewDisposeScope())
        {
            var (a, b) = inner.MoveToOuter(zeros(1), ones(1));
            Assert.True(outer.Contains(a));
            Assert.True(outer.Contains(b));
            inner.Detach(zeros(1)).Dispose();
        }

        Assert.Equal(2, outer.DisposablesCount);
    }

    [Fact]
    public void DisposedByHand_LeavesTheScope()
    {
        using var scope = NewDisposeScope();
        zeros(1).Dispose();
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void DisposeEverythingBut_Keeps()
    {
        using var scope = NewDisposeScope();
        var kept = zeros(1);
        var dropped = zeros(1);
        scope.DisposeEverythingBut(kept);
        Assert.False(kept.IsInvalid);
        Assert.True(dropped.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void InPlace_AddsNothingToTheScope()
    {
        var tensor = zeros(2);
        using var scope = NewDisposeScope();
        tensor.add_(1).mul_(2).div_(2);
        Assert.Equal(0, scope.DisposablesCount);
    }

    [Fact]
    public void Scopes_AreOfOneThread()
    {
        using var scope = NewDisposeScope();
        Tensor? elsewhere = null;
        var thread = new Thread(() => elsewhere = zeros(1));
        thread.Start();
        thread.Join();
        Assert.Equal(0, scope.DisposablesCount);
        Assert.False(elsewhere!.IsInvalid);
    }

    [Fact]
    public void Wrapped_KeepsOnlyTheResult()
    {
        using var scope = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => (ones(2) + 1) * 2);
        Expect.Values(result, 4, 4);
        Assert.True(scope.Contains(result));
    }

    [Fact]
    public void Memory_StaysFlatInALoopWithScopes()
    {
        const int ElementCount = 1 << 20;
        using var all = NewDisposeScope();
        var parameter = randn(ElementCount).requires_grad_();
        for (var warmUp = 0; warmUp < 5; warmUp++)
            Step(parameter);
        var before = Environment.WorkingSet;
        for (var step = 0; step < 100; step++)
            Step(parameter);
        var grown = Environment.WorkingSet - before;

        // Without scopes it would be above 1.5 GiB. Other tests run in this process meanwhile.
        Assert.True(grown < 128L * ElementCount * sizeof(float), $"grew by {grown >> 20} MiB");
        Assert.InRange(all.DisposablesCount, 1, 3);
    }

    private static void Step(Tensor parameter)
    {
        using var scope = NewDisposeScope();
        (parameter * 2 + 1).square().mean().backward();
    }
}
