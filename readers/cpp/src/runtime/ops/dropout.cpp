// Dropout outside training: the input itself.
#include <algorithm>
#include <cstring>

#include "fail.h"
#include "runtime/ops/operators.h"

namespace qmodel::runtime::ops {

namespace {

std::vector<Array> keep_all(Call& call) {
    if (call.inputs.size() > 2 && call.input(2) && call.input(2).count() > 0 && *call.input(2).bytes() != 0) {
        unsupported("training_mode is set; this reader does not train");
    }
    if (call.output_count < 2) return {call.input(0)};
    Array mask = call.make(v1::ELEMENT_TYPE_BOOL, call.input(0).lengths());
    std::fill_n(mask.mutable_bytes(), mask.size(), std::uint8_t{1});
    return {call.input(0), mask};
}

}  // namespace

std::vector<Operator> dropout() {
    return {
        {"Dropout", 7, 11, 1, 1, 2, {{"ratio", AttributeType::real}}, keep_all},
        {"Dropout", 12, kNewest, 1, 3, 2, {{"seed", AttributeType::integer}}, keep_all},
    };
}

}  // namespace qmodel::runtime::ops
