#ifndef QMODEL_PREDICT_GOLDEN_H
#define QMODEL_PREDICT_GOLDEN_H

#include <string>

#include "predict/exit_codes.h"
#include "qmodel/reader.h"

namespace qmodel::predict {

/// Runs the golden samples of a file and prints every output that deviates. Throws Error as replay.
ExitCode replay_and_report(const Reader& reader, const std::string& path);

}  // namespace qmodel::predict

#endif
