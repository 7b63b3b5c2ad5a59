#ifndef QMODEL_PREDICT_ANSWER_H
#define QMODEL_PREDICT_ANSWER_H

#include <cstdint>
#include <vector>

#include "predict/class_outputs.h"
#include "prediction.pb.h"

namespace qmodel::predict {

/// The most probable class of each image, and with labels how well the classes were recognised. Throws invalid_input when
/// a label is no class.
prediction::v1::PredictResponse make_answer(const Classes& classes, const std::vector<std::uint32_t>& labels);

}  // namespace qmodel::predict

#endif
