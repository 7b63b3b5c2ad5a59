#include "predict/output.h"

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <string>

namespace qmodel::predict {

namespace {

using prediction::v1::Prediction;
using prediction::v1::PredictResponse;
using prediction::v1::Scores;

std::string formatted(const char* format, double number) {
    char text[40];
    std::snprintf(text, sizeof text, format, number);
    return text;
}

std::string padded(const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, text.size()), ' ') + text;
}

}  // namespace

void write_text(const PredictResponse& answer, bool images, std::ostream& out) {
    if (images) {
        out << " image  class  probabilities\n";
        std::size_t number = 0;
        for (const Prediction& prediction : answer.predictions()) {
            out << padded(std::to_string(number++), 6) << padded(std::to_string(prediction.best_class()), 7) << " ";
            for (const float probability : prediction.probabilities()) {
                out << formatted(" %.6f", static_cast<double>(probability));
            }
            out << "\n";
        }
    }
    if (!answer.has_scores()) return;
    const Scores& scores = answer.scores();
    out << "images     " << scores.samples() << "\n"
        << "accuracy   " << formatted("%.2f %%", 100 * scores.accuracy()) << "\n"
        << "precision  " << formatted("%.2f %%", 100 * scores.precision()) << "\n"
        << "recall     " << formatted("%.2f %%", 100 * scores.recall()) << "\n"
        << "F1         " << formatted("%.2f %%", 100 * scores.f1()) << "\n";
}

void write_json(const PredictResponse& answer, bool images, std::ostream& out) {
    out << "{\n \"predictions\": [";
    const char* separator = "\n  ";
    for (int number = 0; images && number < answer.predictions_size(); ++number) {
        const Prediction& prediction = answer.predictions(number);
        out << separator << "{\"class\": " << prediction.best_class() << ", \"probabilities\": [";
        for (int n = 0; n < prediction.probabilities_size(); ++n) {
            // Nine digits tell one binary32 from all others.
            out << (n > 0 ? ", " : "") << formatted("%.9g", static_cast<double>(prediction.probabilities(n)));
        }
        out << "]}";
        separator = ",\n  ";
    }
    out << "],\n \"scores\": ";
    if (answer.has_scores()) {
        const Scores& scores = answer.scores();
        out << "{\"samples\": " << scores.samples() << formatted(", \"accuracy\": %.17g", scores.accuracy())
            << formatted(", \"precision\": %.17g", scores.precision())
            << formatted(", \"recall\": %.17g", scores.recall()) << formatted(", \"f1\": %.17g}", scores.f1());
    } else {
        out << "null";
    }
    out << "\n}\n";
}

}  // namespace qmodel::predict
