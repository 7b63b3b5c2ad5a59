#ifndef QMODEL_PREDICT_OPEN_FILES_H
#define QMODEL_PREDICT_OPEN_FILES_H

#include <string>
#include <vector>

#include "predict/arguments.h"
#include "qmodel/reader.h"

namespace qmodel::predict {

/// The option that names files in which deltas find their bases.
OptionRule base_option();
/// The option for the number of threads.
OptionRule threads_option();

/// Opens a file with the bases and threads that the options name; each base may need those behind it. What the files
/// warn of is said on the standard error. Throws Error as Reader::open, its message beginning with the path.
Reader open_file(const std::string& path, const Arguments& arguments);

}  // namespace qmodel::predict

#endif
