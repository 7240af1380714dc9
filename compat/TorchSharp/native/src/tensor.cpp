// What a tensor is: shape, type, place, memory. None of these go through the dispatcher.
#include "shim.h"

#include <algorithm>

using namespace lockstep;

LT_EXPORT void lt_release(Handle handle) {
    adopt(handle);
}

LT_EXPORT Handle lt_share(Handle handle) {
    return give(share(handle));
}

LT_EXPORT int64_t lt_ndimension(Handle handle) {
    return handle->dim();
}

LT_EXPORT int64_t lt_numel(Handle handle) {
    return handle->numel();
}

LT_EXPORT int64_t lt_element_size(Handle handle) {
    return int64_t(handle->itemsize());
}

/// Writes at most `capacity` sizes and returns the number of dimensions.
LT_EXPORT int lt_sizes(Handle handle, int64_t* sizes, int capacity) {
    const auto all = handle->sizes();
    std::copy_n(all.begin(), std::min<size_t>(all.size(), capacity), sizes);
    return int(all.size());
}

LT_EXPORT int lt_strides(Handle handle, int64_t* strides, int capacity) {
    const auto all = handle->strides();
    std::copy_n(all.begin(), std::min<size_t>(all.size(), capacity), strides);
    return int(all.size());
}

LT_EXPORT int64_t lt_storage_offset(Handle handle) {
    return handle->storage_offset();
}

LT_EXPORT int lt_dtype(Handle handle) {
    return int(c10::typeMetaToScalarType(handle->dtype()));
}

LT_EXPORT int lt_device_type(Handle handle) {
    return int(handle->device().type());
}

LT_EXPORT int lt_device_index(Handle handle) {
    return int(handle->device().index());
}

LT_EXPORT int lt_is_contiguous(Handle handle) {
    return handle->is_contiguous();
}

/// The address of the first element; null with an error when the tensor has no memory of its own.
LT_EXPORT int lt_data(Handle handle, void** address) {
    return guarded(-1, [&] {
        *address = Borrowed(handle)->data_ptr();
        return 0;
    });
}

LT_EXPORT Handle lt_empty(const int64_t* sizes, int count, int dtype, int device_type, int device_index) {
    return guarded<Handle>(nullptr, [&] {
        const auto device = c10::Device(c10::DeviceType(device_type), c10::DeviceIndex(device_index));
        const auto options = at::TensorOptions().dtype(at::ScalarType(dtype)).device(device);
        return give(at::empty(at::IntArrayRef(sizes, count), options));
    });
}

/// Reads the value of a tensor of one element, waiting for its device.
LT_EXPORT int lt_item(Handle handle, Value* value) {
    return guarded(-1, [&] {
        const auto scalar = Borrowed(handle)->item();
        value->count = 0;
        if (scalar.isFloatingPoint()) {
            value->tag = Tag::Double;
            value->real = scalar.toDouble();
        } else if (scalar.isBoolean()) {
            value->tag = Tag::Bool;
            value->integer = scalar.toBool();
        } else {
            value->tag = Tag::Int;
            value->integer = scalar.toLong();
        }
        return 0;
    });
}
