using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        private const string NotOnCpu =
            "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.";

        /// <summary>
        /// The tensor's memory itself, as bytes; contiguous tensors of the CPU only. The span does not keep the tensor alive.
        /// </summary>
        public Span<byte> bytes
        {
            get
            {
                var length = NumberOfElements * ElementSize;
                if (!is_contiguous())
                    throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                if (length > int.MaxValue)
                    throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                if (device_type != DeviceType.CPU)
                    throw new InvalidOperationException(NotOnCpu);
                return new Span<byte>((void*)Address, (int)length);
            }

            set
            {
                if (!is_contiguous())
                    throw new InvalidOperationException("SetBytes() called on non-contiguous tensor.");
                if (NumberOfElements * ElementSize != value.Length)
                    throw new ArgumentException("Mismatched data sizes in SetBytes().");
                if (device_type != DeviceType.CPU)
                    throw new InvalidOperationException(NotOnCpu);
                value.CopyTo(new Span<byte>((void*)Address, value.Length));
                GC.KeepAlive(this);
            }
        }

        internal nint Address
        {
            get
            {
                nint address;
                NativeErrors.Check(NativeMethods.lt_data(Handle, &address));
                GC.KeepAlive(this);
                return address;
            }
        }

        /// <summary>The elements in order, of the tensor itself on the CPU and of a copy elsewhere.</summary>
        public TensorAccessor<T> data<T>()
            where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        /// <summary>The value of a tensor of one element, whose type must be <typeparamref name="T"/>.</summary>
        public T item<T>()
            where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        /// <summary>The value of a tensor of one element, of any type.</summary>
        public Scalar ToScalar()
        {
            NativeValue value;
            NativeErrors.Check(NativeMethods.lt_item(Handle, &value));
            GC.KeepAlive(this);
            return Scalar.Of(value);
        }

        internal void ValidateType(Type type)
        {
            var expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Bool => typeof(bool),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                _ => null,
            };
            if (type != expected)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }
    }
}
