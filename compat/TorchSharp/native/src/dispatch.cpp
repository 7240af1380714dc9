// Every ATen operator, by name, through the dispatcher's boxed calls. No code per operator.
#include "shim.h"

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace lockstep {
namespace {

/// What the schema wants where the managed side cannot know.
enum class Wanted : uint8_t { AsGiven, Real, OptionalTensors };

struct Parameter {
    Wanted wanted;
    c10::IValue default_value;
    bool has_default;
};

struct Operator {
    c10::OperatorHandle handle;
    std::vector<Parameter> parameters;
};

Wanted wanted_of(const c10::Argument& argument) {
    const auto type = argument.type()->str();
    if (type == "float" || type == "float?") return Wanted::Real;
    if (type == "Tensor?[]") return Wanted::OptionalTensors;
    return Wanted::AsGiven;
}

Operator* resolve(const char* name, const char* overload) {
    const auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!found) {
        throw std::runtime_error(std::string("this libtorch has no operator ") + name + "." + overload);
    }
    auto op = std::make_unique<Operator>(Operator{*found, {}});
    for (const auto& argument : found->schema().arguments()) {
        const auto& value = argument.default_value();
        op->parameters.push_back({wanted_of(argument), value ? *value : c10::IValue(), bool(value)});
    }
    return op.release();
}

template <class Element>
c10::IValue tensor_list(const Value& value) {
    const auto* handles = static_cast<const Handle*>(value.pointer);
    c10::List<Element> list;
    list.reserve(value.count);
    for (int i = 0; i < value.count; i++) {
        auto tensor = share(handles[i]);
        list.push_back(tensor.defined() ? Element(std::move(tensor)) : Element());
    }
    return c10::IValue(std::move(list));
}

c10::IValue to_ivalue(const Value& value, const Parameter& parameter) {
    switch (value.tag) {
    case Tag::None:
        return c10::IValue();
    case Tag::Tensor:
        return c10::IValue(share(value.tensor));
    case Tag::Int:
        return parameter.wanted == Wanted::Real ? c10::IValue(double(value.integer)) : c10::IValue(value.integer);
    case Tag::Double:
        return c10::IValue(value.real);
    case Tag::Bool:
        return c10::IValue(value.integer != 0);
    case Tag::Ints:
        return c10::IValue(at::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.count));
    case Tag::Doubles:
        return c10::IValue(at::ArrayRef<double>(static_cast<const double*>(value.pointer), value.count));
    case Tag::Tensors:
        return parameter.wanted == Wanted::OptionalTensors ? tensor_list<Optional<at::Tensor>>(value)
                                                           : tensor_list<at::Tensor>(value);
    case Tag::String:
        return c10::IValue(std::string(static_cast<const char*>(value.pointer), value.count));
    case Tag::Device:
        return c10::IValue(c10::Device(c10::DeviceType(value.count), c10::DeviceIndex(value.integer)));
    case Tag::Default:
        if (parameter.has_default) return parameter.default_value;
        throw std::runtime_error("an argument without a default was left out");
    }
    throw std::runtime_error("unknown argument tag");
}

torch::jit::Stack stack_of(const Operator& op, const Value* arguments, int count) {
    if (size_t(count) > op.parameters.size()) throw std::runtime_error("too many arguments");
    torch::jit::Stack stack;
    stack.reserve(std::max<size_t>(op.parameters.size(), 4));
    for (size_t i = 0; i < op.parameters.size(); i++) {
        const auto& parameter = op.parameters[i];
        if (i < size_t(count)) {
            stack.push_back(to_ivalue(arguments[i], parameter));
        } else if (parameter.has_default) {
            stack.push_back(parameter.default_value);
        } else {
            throw std::runtime_error("missing argument " + op.handle.schema().arguments()[i].name());
        }
    }
    return stack;
}

/// The memory that only this tensor owns: 0 for views, so that a storage is counted once.
int32_t owned_kib(const at::TensorImpl& impl) {
    if (!impl.has_storage() || impl.storage().use_count() != 1) return 0;
    return int32_t(std::min<size_t>(impl.storage().nbytes() >> 10, INT32_MAX));
}

Value tensor_result(at::Tensor&& tensor) {
    Value result{Tag::Tensor, 0, {0}};
    if (tensor.defined()) result.count = owned_kib(*tensor.unsafeGetTensorImpl());
    result.tensor = give(std::move(tensor));
    return result;
}

Value scalar_result(const c10::IValue& value) {
    Value result{Tag::None, 0, {0}};
    if (value.isInt()) {
        result.tag = Tag::Int;
        result.integer = value.toInt();
    } else if (value.isDouble()) {
        result.tag = Tag::Double;
        result.real = value.toDouble();
    } else if (value.isBool()) {
        result.tag = Tag::Bool;
        result.integer = value.toBool();
    } else if (!value.isNone()) {
        throw std::runtime_error("an operator returned a " + value.tagKind() + ", which the shim does not carry");
    }
    return result;
}

/// Writes the results, a list of tensors flattened; what does not fit is dropped by its destructor.
int unpack(torch::jit::Stack&& stack, Value* results, int capacity) {
    int count = 0;
    for (auto& value : stack) {
        if (value.isTensorList()) {
            auto list = std::move(value).toTensorVector();
            for (auto& tensor : list) {
                if (count < capacity) results[count] = tensor_result(std::move(tensor));
                count++;
            }
        } else {
            if (count < capacity) {
                results[count] = value.isTensor() ? tensor_result(std::move(value).toTensor()) : scalar_result(value);
            }
            count++;
        }
    }
    return count;
}

} // namespace
} // namespace lockstep

using namespace lockstep;

/// Looks an operator up; the answer lives as long as the process. Null on failure.
LT_EXPORT void* lt_operator(const char* name, const char* overload) {
    return guarded<void*>(nullptr, [&] { return resolve(name, overload); });
}

/// The operator's schema as text; returns its length, writes at most `capacity` bytes with a final zero.
LT_EXPORT int lt_operator_schema(const void* op, char* text, int capacity) {
    return guarded(-1, [&] {
        std::ostringstream stream;
        stream << static_cast<const Operator*>(op)->handle.schema();
        return std::snprintf(text, capacity, "%s", stream.str().c_str());
    });
}

/// Calls an operator. Returns how many results there are (at most `capacity` are written), -1 on failure.
/// Trailing arguments that have defaults may be left out. The caller owns the tensors it is given.
LT_EXPORT int lt_call(const void* op, const Value* arguments, int count, Value* results, int capacity) {
    return guarded(-1, [&] {
        const auto& called = *static_cast<const Operator*>(op);
        auto stack = stack_of(called, arguments, count);
        called.handle.callBoxed(&stack);
        return unpack(std::move(stack), results, capacity);
    });
}
