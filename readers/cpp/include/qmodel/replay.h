#ifndef QMODEL_REPLAY_H
#define QMODEL_REPLAY_H

#include <cstddef>
#include <string>
#include <vector>

#include "qmodel/reader.h"
#include "qmodel/session.h"

namespace qmodel {

/// An output that is farther from what a golden sample expects than it may be.
struct Deviation {
    std::size_t sample;  ///< Index of the golden sample.
    std::string output;  ///< Name of the output.
    std::string what;    ///< What differs, for a message.
};

/// Runs the golden samples of a file and compares (spec/golden.md, "Comparing"). Throws Error as Reader::golden and
/// Session do, and invalid_input when the file has no golden samples.
std::vector<Deviation> replay(const Reader& reader, const SessionOptions& options = {});

}  // namespace qmodel

#endif
