// decode_speed FILE…: how fast each file's tensors become float32, on one core.
//
// One line a file: name, weights, millions of weights a second of the thread's CPU time, the best of several runs, with
// memory that was written before and with fresh memory each time.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <string>
#include <vector>

#include "qmodel/reader.h"

namespace {

constexpr int runs = 15;

double thread_seconds() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <typename Action>
double best_seconds(const Action& action) {
    double best = 1e9;
    for (int run = 0; run < runs; ++run) {
        const double start = thread_seconds();
        action();
        best = std::min(best, thread_seconds() - start);
    }
    return best;
}

void measure(const std::string& path) {
    qmodel::Options options;
    options.threads = 1;
    const qmodel::Reader reader = qmodel::Reader::open(path, options);
    std::uint64_t weights = 0;
    for (const qmodel::TensorInfo& info : reader.tensors()) weights += qmodel::element_count(info.shape);
    std::vector<float> values(weights);
    const double warm = best_seconds([&] {
        float* out = values.data();
        for (const qmodel::TensorInfo& info : reader.tensors()) {
            const std::uint64_t count = qmodel::element_count(info.shape);
            reader.floats(info.name, out, count);
            out += count;
        }
    });
    const double fresh = best_seconds([&] {
        for (const qmodel::TensorInfo& info : reader.tensors()) reader.tensor(info.name);
    });
    const double millions = static_cast<double>(weights) / 1e6;
    std::printf("%-24s %10llu weights  %7.0f M/s  %7.0f M/s with fresh memory\n",
                path.substr(path.rfind('/') + 1).c_str(), static_cast<unsigned long long>(weights), millions / warm,
                millions / fresh);
}

}  // namespace

int main(int count, char** arguments) {
    try {
        for (int i = 1; i < count; ++i) measure(arguments[i]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "decode_speed: %s\n", error.what());
        return 1;
    }
    return 0;
}
