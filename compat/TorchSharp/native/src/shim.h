// What every part of the shim shares: how tensors are handed over, how errors are reported, and how one
// operator argument is laid out in memory. See ../README.md for the picture.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/ivalue.h>

#include <cstdint>
#include <exception>
#include <string>

#define LT_EXPORT extern "C" __attribute__((visibility("default")))

namespace lockstep {

// ---- handles -------------------------------------------------------------------------------------------
// A handle is the TensorImpl itself, with one strong reference that the holder owns.

using Handle = at::TensorImpl*;
using Impl = c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>;

/// A handle seen as an at::Tensor for the length of a call, without touching the reference count.
class Borrowed {
public:
    explicit Borrowed(Handle handle) : tensor_(Impl::reclaim(handle)) {}
    ~Borrowed() { tensor_.unsafeReleaseTensorImpl(); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    const at::Tensor& operator*() const { return tensor_; }
    const at::Tensor* operator->() const { return &tensor_; }

private:
    at::Tensor tensor_;
};

/// One more reference to the handle's tensor; the undefined tensor when the handle is null.
inline at::Tensor share(Handle handle) {
    return handle == nullptr ? at::Tensor() : at::Tensor(Impl::reclaim_copy(handle));
}

/// Takes over the reference that the handle's holder gave away.
inline at::Tensor adopt(Handle handle) {
    return handle == nullptr ? at::Tensor() : at::Tensor(Impl::reclaim(handle));
}

/// Hands the reference of a tensor to the caller; null for the undefined tensor.
inline Handle give(at::Tensor&& tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

// ---- errors --------------------------------------------------------------------------------------------
// No C++ exception crosses the border: a call returns its failure value and leaves the message behind.

void set_last_error(const char* message);

template <class Result, class Body>
Result guarded(Result failure, Body&& body) noexcept {
    try {
        return body();
    } catch (const c10::Error& error) {
        set_last_error(error.what_without_backtrace());
    } catch (const std::exception& error) {
        set_last_error(error.what());
    } catch (...) {
        set_last_error("unknown C++ exception");
    }
    return failure;
}

// ---- arguments -----------------------------------------------------------------------------------------

enum class Tag : int32_t {
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Ints = 5,
    Doubles = 6,
    Tensors = 7,
    String = 8,
    Device = 9,   // count = device type, integer = index
    Default = 10, // whatever the operator's schema says
};

/// One argument or result, 16 bytes, laid out as the managed struct NativeValue.
struct Value {
    Tag tag;
    int32_t count; // elements of a list; of a Tensor result: KiB of memory that it alone owns
    union {
        int64_t integer;
        double real;
        const void* pointer;
        Handle tensor;
    };
};
static_assert(sizeof(Value) == 16, "NativeValue is 16 bytes");

// std::optional in libtorch 2, c10::optional before: whatever the headers at hand return.
template <class T>
using Optional = decltype(std::declval<c10::IValue>().toOptional<T>());

} // namespace lockstep
