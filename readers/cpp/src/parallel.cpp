#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace qmodel {

namespace {

thread_local bool is_worker = false;

/// Numbers handed out to threads one after the other, and the first failure.
class Work {
public:
    Work(std::size_t count, const std::function<void(std::size_t)>& function) : count_(count), function_(function) {}

    void run() {
        const bool was_worker = std::exchange(is_worker, true);
        for (std::size_t number = next_++; number < count_; number = next_++) {
            try {
                function_(number);
            } catch (...) {
                fail(number, std::current_exception());
            }
        }
        is_worker = was_worker;
    }

    void rethrow() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void fail(std::size_t number, std::exception_ptr failure) {
        const std::lock_guard<std::mutex> lock(mutex_);
        next_ = count_;
        if (failure_ && number > failed_) return;
        failed_ = number;
        failure_ = std::move(failure);
    }

    const std::size_t count_;
    const std::function<void(std::size_t)>& function_;
    std::atomic<std::size_t> next_{0};
    std::mutex mutex_;
    std::size_t failed_ = 0;
    std::exception_ptr failure_;
};

}  // namespace

void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work) {
    if (count <= 1 || threads <= 1 || is_worker) {
        for (std::size_t number = 0; number < count; ++number) work(number);
        return;
    }
    Work shared(count, work);
    std::vector<std::thread> others;
    try {
        for (std::size_t number = 1; number < std::min<std::size_t>(count, threads); ++number) {
            others.emplace_back([&shared] { shared.run(); });
        }
    } catch (const std::system_error&) {
        // The machine has no more threads: those that there are do the work.
    }
    shared.run();
    for (std::thread& other : others) other.join();
    shared.rethrow();
}

unsigned usable_threads(unsigned wanted) noexcept {
    return wanted != 0 ? wanted : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace qmodel
