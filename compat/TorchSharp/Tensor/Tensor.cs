using System.Runtime.CompilerServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Every tensor made from here on in this thread is disposed with the scope, unless it is moved out.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.ThreadSingleton.NewDisposeScope();

    public static DisposeScope? CurrentDisposeScope => DisposeScopeManager.ThreadSingleton.CurrentDisposeScope;

    /// <summary>Runs an expression in a scope of its own, which only the result leaves.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    /// <summary>A handle to a libtorch tensor: the handle's life here; what tensors can do is in the other files.</summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        private nint handle;
        private int pressureKib;

        /// <param name="handle">A reference that this object takes over.</param>
        /// <param name="ownedKib">The memory that no other tensor has.</param>
        internal Tensor(nint handle, int ownedKib = 0)
        {
            this.handle = handle;
            if (handle == 0)
                return;
            var count = Interlocked.Increment(ref totalCount);
            if (count > peakCount)
                peakCount = count;
            OwningDisposeScope = DisposeScopeManager.ThreadSingleton.Register(this);

            // What is in a scope is freed in time; to tell the collector of it would only make it run in vain.
            if (ownedKib > 0 && OwningDisposeScope is null)
            {
                pressureKib = ownedKib;
                GC.AddMemoryPressure((long)ownedKib << 10);
            }
        }

        /// <summary>Takes over the handle of a tensor, which becomes invalid: what Parameter does.</summary>
        private protected Tensor(Tensor source)
        {
            handle = source.Handle;
            pressureKib = source.pressureKib;
            source.handle = 0;
            source.pressureKib = 0;
            GC.SuppressFinalize(source);
        }

        /// <summary>Frees what was forgotten: scopes are the rule, this is the net.</summary>
        ~Tensor() => Release();

        /// <summary>How many tensors there are, of all threads.</summary>
        public static long TotalCount => totalCount;

        public static long PeakCount => peakCount;

        public nint Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => handle != 0 ? handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");
        }

        public bool IsInvalid => handle == 0;

        /// <summary>For the reader of a debugger; the library makes no use of it.</summary>
        public string? name { get; set; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        public void Dispose()
        {
            if (handle != 0)
                DisposeScopeManager.ThreadSingleton.CountDisposal(this);
            OwningDisposeScope?.MarkAsDisposed(this);
            Release();
            GC.SuppressFinalize(this);
        }

        /// <summary>Another object for the same tensor, to be disposed on its own.</summary>
        public Tensor alias()
        {
            var shared = new Tensor(NativeMethods.lt_share(Handle));
            GC.KeepAlive(this);
            return shared;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? scope)
        {
            OwningDisposeScope?.MoveToOther(scope, this);
            return this;
        }

        private void Release()
        {
            var released = Interlocked.Exchange(ref handle, 0);
            if (released == 0)
                return;
            Interlocked.Decrement(ref totalCount);
            NativeMethods.lt_release(released);
            if (pressureKib > 0)
                GC.RemoveMemoryPressure((long)pressureKib << 10);
        }
    }
}
