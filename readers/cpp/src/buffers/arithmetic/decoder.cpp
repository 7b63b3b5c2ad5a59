#include <algorithm>

#include "buffers/arithmetic/arithmetic.h"
#include "buffers/arithmetic/element_decoder.h"
#include "buffers/arithmetic/prediction.h"
#include "buffers/convolutional_code.h"
#include "fail.h"
#include "sizes.h"
#include "types/type_rules.h"

namespace qmodel {

namespace {

constexpr std::uint64_t most_chunk_elements = std::uint64_t{1} << 22;

class ArithmeticDecoder : public PayloadDecoder {
public:
    explicit ArithmeticDecoder(const v1::Buffer& buffer)
        : type_(buffer.element_type()),
          message_(buffer.arithmetic()),
          columns_(std::max<std::uint64_t>(message_.columns(), 1)),
          distances_(message_.distance().begin(), message_.distance().end()) {
        if (message_.trellis_states() != 0) transitions_ = trellis_transitions(message_.trellis_states());
        if (!distances_.empty()) return;
        distances_ = {1, 2, columns_};
        std::sort(distances_.begin(), distances_.end());
        distances_.erase(std::unique(distances_.begin(), distances_.end()), distances_.end());
    }

    void decode(ByteView payload, std::uint64_t start, std::uint64_t count, std::uint8_t* out) const override {
        if (count > most_chunk_elements) corrupt("an arithmetic payload of more than 2^22 elements");
        switch (storage_bytes(type_)) {
            case 1: return decode_to(payload, start, count, out);
            case 2: return decode_to(payload, start, count, reinterpret_cast<std::uint16_t*>(out));
            default: return decode_to(payload, start, count, reinterpret_cast<std::uint32_t*>(out));
        }
    }

private:
    template <typename T>
    void decode_to(ByteView payload, std::uint64_t start, std::uint64_t count, T* out) const {
        const std::int64_t center = message_.center();
        arithmetic::ElementDecoder elements(payload, least_value(type_) - center, greatest_value(type_) - center,
                                            !transitions_.empty());
        arithmetic::Prediction prediction(columns_, std::max<std::uint64_t>(message_.period(), 1), distances_, start,
                                          count);
        std::size_t state = 0;
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto q = static_cast<std::int64_t>(state & 1);
            const auto expected = prediction.predict();
            const std::int64_t k = elements.next(expected.mean, expected.scale, q);
            prediction.learn(2 * k + q);
            out[i] = static_cast<T>(k + center);
            if (!transitions_.empty()) state = transitions_[2 * state + static_cast<std::size_t>(k & 1)];
        }
        elements.check_end();
    }

    ElementType type_;
    const v1::Arithmetic& message_;
    std::uint64_t columns_;
    std::vector<std::uint64_t> distances_;
    std::vector<std::uint16_t> transitions_;
};

}  // namespace

void check_arithmetic(const v1::Arithmetic& arithmetic, ElementType type) {
    constexpr int most_distances = 16;
    constexpr std::uint32_t longest_period = 256;
    if (!is_codable(type)) corrupt("arithmetic coding is not for elements of " + name_of(type));
    if (arithmetic.columns() > most_elements) corrupt("rows of more than 2^60 - 1 elements");
    if (arithmetic.period() > longest_period) corrupt("a period of more than 256 elements");
    if (arithmetic.distance_size() > most_distances) corrupt("more than 16 distances");
    std::uint64_t before = 0;
    for (const std::uint64_t distance : arithmetic.distance()) {
        if (distance <= before || distance > most_elements) corrupt("distances do not ascend from 1 to 2^60 - 1");
        before = distance;
    }
    if (arithmetic.center() < least_value(type) || arithmetic.center() > greatest_value(type)) {
        corrupt("the center is no value of the element type");
    }
    if (arithmetic.trellis_states() == 0) return;
    if (!has_trellis(arithmetic.trellis_states())) {
        corrupt("a trellis of " + std::to_string(arithmetic.trellis_states()) + " states");
    }
    if (!is_signed_integer(type) || arithmetic.center() != 0)
        corrupt("codes of a trellis are signed, their center is 0");
}

std::unique_ptr<PayloadDecoder> make_arithmetic_decoder(const v1::Buffer& buffer) {
    return std::make_unique<ArithmeticDecoder>(buffer);
}

}  // namespace qmodel
