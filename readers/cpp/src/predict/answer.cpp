#include "predict/answer.h"

#include <algorithm>

#include "fail.h"

namespace qmodel::predict {

namespace {

/// Images by label and by prediction.
struct ClassCounts {
    std::uint64_t right = 0;
    std::uint64_t present = 0;
    std::uint64_t predicted = 0;
};

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<ClassCounts> count_classes(const prediction::v1::PredictResponse& answer,
                                       const std::vector<std::uint32_t>& labels, std::size_t classes) {
    std::vector<ClassCounts> counts(classes);
    for (std::size_t image = 0; image < labels.size(); ++image) {
        const std::uint32_t label = labels[image];
        const std::uint32_t best = answer.predictions(static_cast<int>(image)).best_class();
        if (label >= classes) {
            invalid_input("label " + std::to_string(label) + " of image " + std::to_string(image) +
                          " is no class: there are " + std::to_string(classes) + ", from 0 on");
        }
        ++counts[label].present;
        ++counts[best].predicted;
        if (label == best) ++counts[label].right;
    }
    return counts;
}

void add_scores(const std::vector<ClassCounts>& counts, std::uint64_t samples, prediction::v1::Scores& scores) {
    std::uint64_t right = 0;
    std::uint64_t seen = 0;
    for (const ClassCounts& each : counts) {
        right += each.right;
        if (each.present + each.predicted == 0) continue;
        ++seen;
        scores.set_precision(scores.precision() + ratio(each.right, each.predicted));
        scores.set_recall(scores.recall() + ratio(each.right, each.present));
        scores.set_f1(scores.f1() + ratio(2 * each.right, each.present + each.predicted));
    }
    const auto number = static_cast<double>(seen);
    scores.set_samples(samples);
    scores.set_accuracy(ratio(right, samples));
    scores.set_precision(scores.precision() / number);
    scores.set_recall(scores.recall() / number);
    scores.set_f1(scores.f1() / number);
}

}  // namespace

prediction::v1::PredictResponse make_answer(const Classes& classes, const std::vector<std::uint32_t>& labels) {
    prediction::v1::PredictResponse answer;
    const float* probabilities = classes.probabilities.data();
    for (const std::uint32_t best : classes.best) {
        prediction::v1::Prediction& prediction = *answer.add_predictions();
        prediction.set_best_class(best);
        prediction.mutable_probabilities()->Add(probabilities, probabilities + classes.number);
        probabilities += classes.number;
    }
    if (!labels.empty()) {
        add_scores(count_classes(answer, labels, classes.number), labels.size(), *answer.mutable_scores());
    }
    return answer;
}

}  // namespace qmodel::predict
