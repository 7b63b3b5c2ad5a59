#include "buffers/split_merge.h"

#include <algorithm>

#include "cpu.h"

namespace qmodel {

namespace {

// What is made on the way for so many elements stays in the nearest cache.
constexpr std::size_t block = 1024;

/// value · 2^places modulo 2^bits of T. Vectors of 16-bit numbers have products, but no shifts, without wider ones.
template <typename T>
QMODEL_INLINE T moved_up(T value, int places) noexcept {
    if constexpr (sizeof(T) == 2) {
        return static_cast<T>(static_cast<std::uint32_t>(value) * static_cast<T>(1U << places));
    } else {
        return static_cast<T>(value << places);
    }
}

/// Calls action with a pointer to the elements from `first` on.
template <typename Action>
QMODEL_INLINE void with_elements(const SplitPart& part, std::uint64_t first, const Action& action) {
    switch (part.element_bytes) {
        case 1: return action(part.elements + first);
        case 2: return action(reinterpret_cast<const std::uint16_t*>(part.elements) + first);
        case 4: return action(reinterpret_cast<const std::uint32_t*>(part.elements) + first);
        default: return action(reinterpret_cast<const std::uint64_t*>(part.elements) + first);
    }
}

/// Calls action with a pointer to the shifts from `first` on.
template <typename Action>
QMODEL_INLINE void with_shifts(const Array& shifts, std::uint64_t first, const Action& action) {
    if (shifts.byte_count() == shifts.count()) return action(shifts.as<std::int8_t>() + first);
    return action(shifts.as<std::int16_t>() + first);
}

template <typename T>
QMODEL_INLINE void add_row_shift(const Array& shifts, std::uint64_t row, std::size_t count, T* leading) {
    if (shifts.count() == 0) return;
    with_shifts(shifts, row, [=](const auto* shift) {
        const T added = static_cast<T>(*shift);
        for (std::size_t i = 0; i < count; ++i) leading[i] = static_cast<T>(leading[i] + added);
    });
}

template <typename T>
QMODEL_INLINE void add_column_shifts(const Array& shifts, std::uint64_t column, std::size_t count, T* leading) {
    if (shifts.count() == 0) return;
    with_shifts(shifts, column, [=](const auto* shift) {
        for (std::size_t i = 0; i < count; ++i) leading[i] = static_cast<T>(leading[i] + static_cast<T>(shift[i]));
    });
}

template <typename T>
QMODEL_INLINE void add_shifts(const SplitShifts& shifts, std::uint64_t start, std::size_t count, T* leading) {
    std::uint64_t row = start / shifts.columns;
    std::uint64_t column = start % shifts.columns;
    for (std::size_t done = 0; done < count; ++row, column = 0) {
        const std::size_t length = std::min<std::uint64_t>(count - done, shifts.columns - column);
        add_row_shift(shifts.of_rows, row, length, leading + done);
        add_column_shifts(shifts.of_columns, column, length, leading + done);
        done += length;
    }
}

template <typename T>
struct Merge {
    QMODEL_INLINE void operator()(const std::vector<SplitPart>* parts, const SplitShifts* shifts, std::uint64_t start,
                                  std::uint64_t count, T* out) const {
        for (std::uint64_t first = 0; first < count; first += block) {
            const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(block, count - first));
            T leading[block];
            with_elements((*parts)[0], first, [&](const auto* elements) {
                for (std::size_t i = 0; i < length; ++i) leading[i] = static_cast<T>(elements[i]);
            });
            if (shifts->columns != 0) add_shifts(*shifts, start + first, length, leading);
            const int place = add_planes(*parts, first, length, out + first);
            add_leading(leading, (*parts)[0].bits, place - 1, length, out + first);
        }
    }

private:
    /// Fills `out` with the remainder, and returns of how many bits that is.
    QMODEL_INLINE static int add_planes(const std::vector<SplitPart>& parts, std::uint64_t first, std::size_t length,
                                        T* out) {
        with_elements(parts[1], first, [=](const auto* elements) {
            for (std::size_t i = 0; i < length; ++i) out[i] = static_cast<T>(elements[i]);
        });
        int place = parts[1].bits;
        for (std::size_t plane = 2; plane < parts.size(); ++plane) {
            with_elements(parts[plane], first, [=](const auto* elements) {
                for (std::size_t i = 0; i < length; ++i) {
                    out[i] = static_cast<T>(out[i] | moved_up(static_cast<T>(elements[i]), place));
                }
            });
            place += parts[plane].bits;
        }
        return place;
    }

    /// Below the sign of the remainder stand the leading bits, above it nothing.
    QMODEL_INLINE static void add_leading(const T* leading, int leading_bits, int low_bits, std::size_t length,
                                          T* out) {
        const T low_mask = static_cast<T>((T{1} << low_bits) - 1);
        const T leading_mask = static_cast<T>((std::uint64_t{1} << leading_bits) - 1);
        for (std::size_t i = 0; i < length; ++i) {
            const T sign = moved_up(static_cast<T>(out[i] & static_cast<T>(~low_mask)), leading_bits);
            const T middle = moved_up(static_cast<T>(leading[i] & leading_mask), low_bits);
            out[i] = static_cast<T>(sign | middle | (out[i] & low_mask));
        }
    }
};

}  // namespace

template <typename T>
void merge_split(const std::vector<SplitPart>& parts, const SplitShifts& shifts, std::uint64_t start,
                 std::uint64_t count, T* out) {
    for_this_cpu(Merge<T>{}, &parts, &shifts, start, count, out);
}

template void merge_split(const std::vector<SplitPart>&, const SplitShifts&, std::uint64_t, std::uint64_t,
                          std::uint8_t*);
template void merge_split(const std::vector<SplitPart>&, const SplitShifts&, std::uint64_t, std::uint64_t,
                          std::uint16_t*);
template void merge_split(const std::vector<SplitPart>&, const SplitShifts&, std::uint64_t, std::uint64_t,
                          std::uint32_t*);
template void merge_split(const std::vector<SplitPart>&, const SplitShifts&, std::uint64_t, std::uint64_t,
                          std::uint64_t*);

}  // namespace qmodel
