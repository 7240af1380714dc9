namespace TorchSharp;

public static partial class torch
{
    public static partial class autograd
    {
        /// <summary>A tensor kept for the backward pass, guarded by libtorch against changes in place.</summary>
        internal sealed class SavedVariable : IDisposable
        {
            private nint saved;

            internal SavedVariable(Tensor tensor, nint node)
            {
                saved = NativeErrors.Check(NativeMethods.lt_save(tensor.Handle, node));
                GC.KeepAlive(tensor);
            }

            ~SavedVariable() => Release();

            internal Tensor Unpack(nint runningNode) => new(NativeErrors.Check(NativeMethods.lt_saved(saved, runningNode)));

            public void Dispose()
            {
                Release();
                GC.SuppressFinalize(this);
            }

            private void Release()
            {
                if (saved != 0)
                    NativeMethods.lt_saved_release(saved);
                saved = 0;
            }
        }
    }
}
