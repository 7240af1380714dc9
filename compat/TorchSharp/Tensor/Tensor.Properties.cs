namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public long Dimensions => Read(NativeMethods.lt_ndimension(Handle));

        public long ndim => Dimensions;

        public long NumberOfElements => Read(NativeMethods.lt_numel(Handle));

        public long ElementSize => Read(NativeMethods.lt_element_size(Handle));

        public ScalarType dtype => (ScalarType)Read(NativeMethods.lt_dtype(Handle));

        public DeviceType device_type => (DeviceType)Read(NativeMethods.lt_device_type(Handle));

        public int device_index => (int)Read(NativeMethods.lt_device_index(Handle));

        public Device device =>
            device_type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(device_type, device_index);

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public long[] shape => size();

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_contiguous() => Read(NativeMethods.lt_is_contiguous(Handle)) != 0;

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public long storage_offset() => Read(NativeMethods.lt_storage_offset(Handle));

        public long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* first = sizes)
                NativeMethods.lt_sizes(Handle, first, sizes.Length);
            GC.KeepAlive(this);
            return sizes;
        }

        public long size(int dim)
        {
            var sizes = stackalloc long[MaxDimensions];
            var count = NativeMethods.lt_sizes(Handle, sizes, MaxDimensions);
            GC.KeepAlive(this);
            return sizes[Wrap(dim, count)];
        }

        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* first = strides)
                NativeMethods.lt_strides(Handle, first, strides.Length);
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim)
        {
            var strides = stackalloc long[MaxDimensions];
            var count = NativeMethods.lt_strides(Handle, strides, MaxDimensions);
            GC.KeepAlive(this);
            return strides[Wrap(dim, count)];
        }

        /// <summary>libtorch's own limit.</summary>
        private const int MaxDimensions = 64;

        /// <summary>A value just read from the handle, which must not be finalized before.</summary>
        private long Read(long value)
        {
            GC.KeepAlive(this);
            return value;
        }

        private static int Wrap(int dim, int count)
        {
            if (dim < -count || dim >= count)
            {
                throw new System.Runtime.InteropServices.ExternalException(
                    $"Dimension out of range (expected to be in range of [{-count}, {count - 1}], but got {dim})");
            }

            return dim < 0 ? dim + count : dim;
        }
    }
}
