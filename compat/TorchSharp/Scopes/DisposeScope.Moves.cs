namespace TorchSharp;

public sealed partial class DisposeScope
{
    /// <summary>Moves to the scope around this one; where there is none, out of all scopes.</summary>
    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        MoveToOuter(new IDisposable[] { disposable });
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        MoveToOuter(new IDisposable[] { first, second });
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        MoveToOuter(new IDisposable[] { first, second, third });
        return (first, second, third);
    }

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        ObjectDisposedException.ThrowIf(manager is null, this);
        if (scope is null)
        {
            Detach(disposables);
            return;
        }

        foreach (var disposable in disposables)
        {
            if (Disposables.Remove(disposable))
                Add(scope, disposable);
        }
    }

    public void MoveToOther(DisposeScope? scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public T MoveToOther<T>(DisposeScope? scope, T disposable)
        where T : IDisposable
    {
        MoveToOther(scope, new IDisposable[] { disposable });
        return disposable;
    }

    /// <summary>Takes out of all scopes: what is detached lives until someone disposes it.</summary>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        ObjectDisposedException.ThrowIf(manager is null, this);
        foreach (var disposable in disposables)
        {
            if (Disposables.Remove(disposable) && disposable is torch.Tensor tensor)
            {
                manager.StatisticsInstance.DetachedFromScopeCount++;
                tensor.OwningDisposeScope = null;
            }
        }
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        Detach(new IDisposable[] { disposable });
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        Detach(new IDisposable[] { first, second });
        return (first, second);
    }

    /// <summary>Puts something into this scope, out of the one that held it.</summary>
    public void Attach(IDisposable disposable) => _ = Attach((IEnumerable<IDisposable>)new[] { disposable });

    public void Attach(params IDisposable[] disposables) => _ = Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        ObjectDisposedException.ThrowIf(manager is null, this);
        var all = disposables.ToList();
        foreach (var disposable in all)
        {
            if (Add(this, disposable) && disposable is torch.Tensor)
                manager.StatisticsInstance.AttachedToScopeCount++;
        }

        return all;
    }

    /// <summary>True when a tensor was in no scope before.</summary>
    private static bool Add(DisposeScope scope, IDisposable disposable)
    {
        var wasFree = true;
        if (disposable is torch.Tensor tensor)
        {
            wasFree = tensor.OwningDisposeScope is null;
            tensor.OwningDisposeScope?.Disposables.Remove(tensor);
            tensor.OwningDisposeScope = scope;
        }

        scope.Disposables.Add(disposable);
        return wasFree;
    }
}
