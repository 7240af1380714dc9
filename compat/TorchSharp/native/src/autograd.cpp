// Gradients: leaves, modes, backward, and graph nodes whose backward is managed code.
#include "shim.h"

#include <ATen/core/grad_mode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace lockstep {
namespace {

namespace autograd = torch::autograd;

autograd::variable_list share_all(const Handle* handles, int count) {
    autograd::variable_list tensors;
    tensors.reserve(count);
    for (int i = 0; i < count; i++) tensors.push_back(share(handles[i]));
    return tensors;
}

/// -1 leaves the choice to libtorch, which keeps the graph when it is asked to create one.
Optional<bool> three_way(int flag) {
    Optional<bool> value;
    if (flag >= 0) value = flag != 0;
    return value;
}

/// Managed backward: borrowed output gradients in, owned input gradients out. Non-zero: it threw.
using BackwardCallback = int (*)(void* context, void* node, const Handle* outputs, int output_count, Handle* inputs,
                                 int input_count);
using DropCallback = void (*)(void* context);

/// A node of the graph whose backward is managed code; it owns the managed context.
struct ManagedNode : autograd::Node {
    BackwardCallback backward = nullptr;
    DropCallback drop = nullptr;
    void* context = nullptr;
    int input_count = 0;

    ~ManagedNode() override { drop(context); }

    autograd::variable_list apply(autograd::variable_list&& gradients) override {
        std::vector<Handle> outputs;
        for (const auto& gradient : gradients) {
            outputs.push_back(gradient.defined() ? gradient.unsafeGetTensorImpl() : nullptr);
        }
        std::vector<Handle> inputs(input_count, nullptr);
        if (backward(context, this, outputs.data(), int(outputs.size()), inputs.data(), input_count) != 0) {
            throw std::runtime_error("the backward of a managed autograd function threw");
        }
        autograd::variable_list result;
        for (auto* handle : inputs) result.push_back(adopt(handle));
        return result;
    }
};

using NodePointer = std::shared_ptr<ManagedNode>;

bool contains(const Handle* handles, int count, const at::Tensor& tensor) {
    return std::find(handles, handles + count, tensor.unsafeGetTensorImpl()) != handles + count;
}

/// An output without history. An input that is handed through is not changed but replaced by a detached alias.
at::Tensor cut(const at::Tensor& output, bool is_input) {
    if (!output.requires_grad()) return output;
    return is_input || output.is_view() ? output.detach() : output.detach_();
}

/// An output whose history is the node: what torch::autograd::Function does with the result of its forward.
at::Tensor attach(const NodePointer& node, at::Tensor output, bool is_input, bool is_dirty) {
    const auto index = uint32_t(node->add_input_metadata(output));
    if (is_dirty) {
        if (output.is_leaf() && output.requires_grad()) {
            throw std::runtime_error("a leaf that requires grad was changed in place by a managed autograd function");
        }
        autograd::impl::bump_version(output);
        autograd::impl::rebase_history(output, {node, index});
        return output;
    }
    if (is_input) {
        const at::NoGradGuard as_in_forward;
        output = output.view_as(output);
    }
    autograd::impl::set_gradient_edge(output, {node, index});
    return output;
}

} // namespace
} // namespace lockstep

using namespace lockstep;

// ---- leaves --------------------------------------------------------------------------------------------

LT_EXPORT int lt_requires_grad(Handle handle) {
    return Borrowed(handle)->requires_grad();
}

LT_EXPORT int lt_is_leaf(Handle handle) {
    return guarded(-1, [&] { return int(Borrowed(handle)->is_leaf()); });
}

LT_EXPORT int lt_set_requires_grad(Handle handle, int on) {
    return guarded(-1, [&] {
        Borrowed(handle)->set_requires_grad(on != 0);
        return 0;
    });
}

/// Null without an error when there is no gradient.
LT_EXPORT Handle lt_grad(Handle handle) {
    return guarded<Handle>(nullptr, [&] { return give(at::Tensor(Borrowed(handle)->grad())); });
}

LT_EXPORT int lt_set_grad(Handle handle, Handle gradient) {
    return guarded(-1, [&] {
        Borrowed(handle)->mutable_grad() = share(gradient);
        return 0;
    });
}

/// The same memory and no history: what the `.data` of Python is.
LT_EXPORT Handle lt_variable_data(Handle handle) {
    return guarded<Handle>(nullptr, [&] { return give(Borrowed(handle)->variable_data()); });
}

// ---- modes of the calling thread -----------------------------------------------------------------------

LT_EXPORT int lt_grad_enabled() {
    return at::GradMode::is_enabled();
}

LT_EXPORT void lt_set_grad_enabled(int on) {
    at::GradMode::set_enabled(on != 0);
}

LT_EXPORT int lt_inference_enabled() {
    return c10::InferenceMode::is_enabled();
}

LT_EXPORT void* lt_inference_begin(int on) {
    return new c10::InferenceMode(on != 0);
}

LT_EXPORT void lt_inference_end(void* guard) {
    delete static_cast<c10::InferenceMode*>(guard);
}

// ---- backward ------------------------------------------------------------------------------------------

LT_EXPORT int lt_backward(const Handle* tensors, int count, const Handle* gradients, int gradient_count,
                          int retain_graph, int create_graph, const Handle* inputs, int input_count) {
    return guarded(-1, [&] {
        torch::autograd::backward(share_all(tensors, count), share_all(gradients, gradient_count),
                                  three_way(retain_graph), create_graph != 0, share_all(inputs, input_count));
        return 0;
    });
}

/// Writes one gradient an input; null where an input is unused and that is allowed.
LT_EXPORT int lt_gradients(const Handle* outputs, int output_count, const Handle* inputs, int input_count,
                           const Handle* gradients, int gradient_count, int retain_graph, int create_graph,
                           int allow_unused, Handle* results) {
    return guarded(-1, [&] {
        auto found = torch::autograd::grad(share_all(outputs, output_count), share_all(inputs, input_count),
                                           share_all(gradients, gradient_count), three_way(retain_graph),
                                           create_graph != 0, allow_unused != 0);
        for (int i = 0; i < input_count; i++) results[i] = give(std::move(found[i]));
        return 0;
    });
}

// ---- managed functions ---------------------------------------------------------------------------------

/// A node with an edge to the history of each input. `context` belongs to the node from here on, also on failure.
LT_EXPORT void* lt_node(const Handle* inputs, int count, BackwardCallback backward, DropCallback drop, void* context) {
    NodePointer node(new ManagedNode(), torch::autograd::deleteNode);
    node->drop = drop;
    node->context = context;
    return guarded<void*>(nullptr, [&] {
        node->backward = backward;
        node->input_count = count;
        node->set_next_edges(torch::autograd::collect_next_edges(share_all(inputs, count)));
        node->clear_input_metadata();
        return new NodePointer(std::move(node));
    });
}

LT_EXPORT void lt_node_release(void* node) {
    delete static_cast<NodePointer*>(node);
}

/// Makes the outputs of a managed forward the node's (null node: cuts them off the graph). Results are owned.
LT_EXPORT int lt_node_wrap(void* node, const Handle* inputs, int input_count, const Handle* constants,
                           int constant_count, const Handle* dirty, int dirty_count, const Handle* outputs,
                           int output_count, Handle* results) {
    return guarded(-1, [&] {
        for (int i = 0; i < output_count; i++) {
            const auto output = share(outputs[i]);
            const bool is_input = contains(inputs, input_count, output);
            const bool is_constant = node == nullptr || contains(constants, constant_count, output);
            auto wrapped = is_constant ? cut(output, is_input)
                                       : attach(*static_cast<NodePointer*>(node), output, is_input,
                                                contains(dirty, dirty_count, output));
            results[i] = give(std::move(wrapped));
        }
        return 0;
    });
}

/// Keeps a tensor for the backward pass, guarded against later in-place changes. `node`: lt_node's answer.
LT_EXPORT void* lt_save(Handle handle, void* node) {
    return guarded<void*>(nullptr, [&] {
        const auto owner = static_cast<NodePointer*>(node);
        const auto tensor = share(handle);
        const bool is_output = owner != nullptr && tensor.grad_fn().get() == owner->get();
        return new torch::autograd::SavedVariable(tensor, is_output);
    });
}

/// The tensor that was kept; null, with an error, when it was changed in place since. `node`: the callback's.
LT_EXPORT Handle lt_saved(void* saved, void* node) {
    return guarded<Handle>(nullptr, [&] {
        const auto owner = static_cast<ManagedNode*>(node)->shared_from_this();
        return give(static_cast<torch::autograd::SavedVariable*>(saved)->unpack(owner));
    });
}

LT_EXPORT void lt_saved_release(void* saved) {
    delete static_cast<torch::autograd::SavedVariable*>(saved);
}
