#ifndef QMODEL_SRC_SCRATCH_H
#define QMODEL_SRC_SCRATCH_H

#include "qmodel/bytes.h"

namespace qmodel {

/// Memory for a while. Blocks of moderate size are kept by the thread for the next one who asks.
class Scratch {
public:
    explicit Scratch(std::size_t size);
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch();

    std::uint8_t* data() noexcept { return block_.data(); }
    template <typename T>
    T* as() noexcept {
        return block_.as<T>();
    }

private:
    Bytes block_;
};

}  // namespace qmodel

#endif
