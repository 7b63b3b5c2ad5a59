#ifndef QMODEL_SRC_PARALLEL_H
#define QMODEL_SRC_PARALLEL_H

#include <cstddef>
#include <functional>

namespace qmodel {

/// Calls work(0) to work(count - 1), each once, on at most `threads` threads with the calling one among them.
///
/// What the call of the lowest number throws is thrown again, whatever the number of threads. Calls inside of `work`
/// run on the thread that makes them.
void parallel_for(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work);

/// The number of threads that a caller means who may say 0 for "as many as the machine runs".
unsigned usable_threads(unsigned wanted) noexcept;

}  // namespace qmodel

#endif
