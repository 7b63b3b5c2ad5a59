#ifndef QMODEL_PREDICT_OUTPUT_H
#define QMODEL_PREDICT_OUTPUT_H

#include <iosfwd>

#include "prediction.pb.h"

namespace qmodel::predict {

/// A line for each image, and the scores behind them.
void write_text(const prediction::v1::PredictResponse& answer, bool images, std::ostream& out);

/// One JSON object: `predictions`, each with `class` and `probabilities`, and `scores` or null.
void write_json(const prediction::v1::PredictResponse& answer, bool images, std::ostream& out);

}  // namespace qmodel::predict

#endif
