// Add, Sub, Mul and Div, broadcast: of floats, and of the integers that shapes are computed with.
#include <type_traits>

#include "fail.h"
#include "runtime/broadcasting.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

/// Integers wrap around, as in ONNX's reference.
struct Add {
    template <typename T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>) {
            using Unsigned = std::make_unsigned_t<T>;
            return static_cast<T>(static_cast<Unsigned>(a) + static_cast<Unsigned>(b));
        } else {
            return a + b;
        }
    }
};

struct Sub {
    template <typename T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>) {
            using Unsigned = std::make_unsigned_t<T>;
            return static_cast<T>(static_cast<Unsigned>(a) - static_cast<Unsigned>(b));
        } else {
            return a - b;
        }
    }
};

struct Mul {
    template <typename T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>) {
            using Unsigned = std::make_unsigned_t<T>;
            return static_cast<T>(static_cast<Unsigned>(a) * static_cast<Unsigned>(b));
        } else {
            return a * b;
        }
    }
};

/// Of integers the quotient without its fraction.
struct Div {
    template <typename T>
    T operator()(T a, T b) const {
        if constexpr (std::is_integral_v<T>) {
            if (b == 0) corrupt("an integer is divided by 0");
            return b == -1 ? Sub()(T{0}, a) : static_cast<T>(a / b);
        } else {
            return a / b;
        }
    }
};

template <typename T, typename Function>
void apply_runs(const Array& a, const Array& b, Array& made, Function function) {
    const Lengths& lengths = made.lengths();
    const Lengths a_strides = broadcast_strides(a.lengths(), lengths);
    const Lengths b_strides = broadcast_strides(b.lengths(), lengths);
    const std::int64_t run = lengths.empty() ? 1 : lengths.back();
    const std::int64_t a_step = lengths.empty() ? 0 : a_strides.back();
    const std::int64_t b_step = lengths.empty() ? 0 : b_strides.back();
    T* to = made.mutable_as<T>();
    for_each_run(lengths, a_strides, b_strides, [&](std::int64_t a_first, std::int64_t b_first, std::int64_t first) {
        const T* x = a.as<T>() + a_first;
        const T* y = b.as<T>() + b_first;
        for (std::int64_t i = 0; i < run; ++i) to[first + i] = function(x[i * a_step], y[i * b_step]);
    });
}

template <typename T, typename Function>
std::vector<Array> apply(Call& call, Function function) {
    const Array& a = call.input(0);
    const Array& b = call.input(1);
    if (a.lengths() != b.lengths()) {
        Array made = call.make(a.element_type(), broadcast_lengths(a.lengths(), b.lengths()));
        apply_runs<T>(a, b, made, function);
        return {made};
    }
    const T* x = a.as<T>();
    const T* y = b.as<T>();
    Array made = a.is_own() ? a : b.is_own() ? b : call.make(a.element_type(), a.lengths());
    T* to = made.mutable_as<T>();
    const std::int64_t count = made.count();
    for (std::int64_t i = 0; i < count; ++i) to[i] = function(x[i], y[i]);
    return {made};
}

template <typename Function>
std::vector<Array> binary(Call& call) {
    const ElementType type = call.input(0).element_type();
    if (call.input(1).element_type() != type) {
        corrupt("inputs of types " + name_of(type) + " and " + name_of(call.input(1).element_type()) +
                "; both must be the same");
    }
    switch (type) {
        case v1::ELEMENT_TYPE_F32: return apply<float>(call, Function());
        case v1::ELEMENT_TYPE_S64: return apply<std::int64_t>(call, Function());
        case v1::ELEMENT_TYPE_S32: return apply<std::int32_t>(call, Function());
        default: unsupported("this reader computes it in f32, s32 and s64, got " + name_of(type));
    }
}

}  // namespace

std::vector<Operator> arithmetic() {
    return {
        {"Add", 7, kNewest, 2, 2, 1, {}, binary<Add>},
        {"Div", 7, kNewest, 2, 2, 1, {}, binary<Div>},
        {"Mul", 7, kNewest, 2, 2, 1, {}, binary<Mul>},
        {"Sub", 7, kNewest, 2, 2, 1, {}, binary<Sub>},
    };
}

}  // namespace qmodel::runtime::ops
