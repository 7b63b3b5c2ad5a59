#include "scratch.h"

#include <algorithm>
#include <vector>

namespace qmodel {

namespace {

constexpr std::size_t most_kept_bytes = std::size_t{16} << 20;
constexpr std::size_t most_kept_blocks = 4;

std::vector<Bytes>& kept_blocks() {
    thread_local std::vector<Bytes> blocks;
    return blocks;
}

}  // namespace

Scratch::Scratch(std::size_t size) {
    auto& blocks = kept_blocks();
    const auto found =
        std::find_if(blocks.begin(), blocks.end(), [size](const Bytes& block) { return block.size() >= size; });
    if (found == blocks.end()) {
        block_ = Bytes(size);
        return;
    }
    block_ = std::move(*found);
    blocks.erase(found);
}

Scratch::~Scratch() {
    auto& blocks = kept_blocks();
    if (block_.size() > most_kept_bytes) return;
    if (blocks.size() == most_kept_blocks) blocks.erase(blocks.begin());
    if (blocks.capacity() < most_kept_blocks) {
        try {
            blocks.reserve(most_kept_blocks);
        } catch (...) {
            return;
        }
    }
    blocks.push_back(std::move(block_));
}

}  // namespace qmodel
