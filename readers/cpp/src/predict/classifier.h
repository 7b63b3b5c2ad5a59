#ifndef QMODEL_PREDICT_CLASSIFIER_H
#define QMODEL_PREDICT_CLASSIFIER_H

#include <string>

#include "predict/class_outputs.h"
#include "predict/request.h"
#include "qmodel/reader.h"
#include "qmodel/session.h"

namespace qmodel::predict {

/// A stored network that takes images and gives classes.
class Classifier {
public:
    /// Throws Error as Session does, and invalid_input when the file does not say how images become the network's input.
    explicit Classifier(const Reader& reader);

    /// The classes of all images, computed in batches on several threads (0: as many as the machine runs). Throws Error as Session::run does, and invalid_input when the images do not fit the network.
    Classes classify(const Request& request, std::size_t batch, unsigned threads) const;

private:
    Classes classify_some(const Images& images) const;

    Session session_;
    v1::ImageInput image_input_;
    OutputKind kind_;
};

}  // namespace qmodel::predict

#endif
