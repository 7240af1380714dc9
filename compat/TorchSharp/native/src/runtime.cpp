// The process around the tensors: errors, threads, chance, devices.
#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/csrc/api/include/torch/version.h>

namespace lockstep {

static thread_local std::string last_error;

void set_last_error(const char* message) {
    last_error = message == nullptr ? "unknown error" : message;
}

} // namespace lockstep

using namespace lockstep;

/// What went wrong in the calling thread's latest failed call.
LT_EXPORT const char* lt_error() {
    return last_error.c_str();
}

LT_EXPORT const char* lt_version() {
    return TORCH_VERSION;
}

// ---- threads -------------------------------------------------------------------------------------------

LT_EXPORT void lt_set_num_threads(int count) {
    at::set_num_threads(count);
}

LT_EXPORT int lt_get_num_threads() {
    return at::get_num_threads();
}

LT_EXPORT int lt_set_num_interop_threads(int count) {
    return guarded(-1, [&] {
        at::set_num_interop_threads(count);
        return 0;
    });
}

LT_EXPORT int lt_get_num_interop_threads() {
    return at::get_num_interop_threads();
}

// ---- chance --------------------------------------------------------------------------------------------

/// Seeds the default generators of all devices.
LT_EXPORT int lt_manual_seed(int64_t seed) {
    return guarded(-1, [&] {
        at::manual_seed(uint64_t(seed));
        return 0;
    });
}

// ---- CUDA ----------------------------------------------------------------------------------------------

LT_EXPORT int lt_cuda_available() {
    return guarded(0, [] { return int(torch::cuda::is_available()); });
}

LT_EXPORT int lt_cuda_device_count() {
    return guarded(0, [] { return int(torch::cuda::device_count()); });
}

LT_EXPORT int lt_cublas_tf32() {
    return guarded(-1, [] { return int(at::globalContext().allowTF32CuBLAS()); });
}

LT_EXPORT int lt_set_cublas_tf32(int on) {
    return guarded(-1, [&] {
        at::globalContext().setAllowTF32CuBLAS(on != 0);
        return 0;
    });
}

LT_EXPORT int lt_cudnn_tf32() {
    return guarded(-1, [] { return int(at::globalContext().allowTF32CuDNN()); });
}

LT_EXPORT int lt_set_cudnn_tf32(int on) {
    return guarded(-1, [&] {
        at::globalContext().setAllowTF32CuDNN(on != 0);
        return 0;
    });
}
