#ifndef QMODEL_PREDICT_PRINTABLE_H
#define QMODEL_PREDICT_PRINTABLE_H

#include <string>

namespace qmodel::predict {

/// A text that may hold names of a file, for a terminal: all but printable ASCII is spelled as \x1b (spec/security.md,
/// "Names and text").
std::string printable(const std::string& text);

}  // namespace qmodel::predict

#endif
