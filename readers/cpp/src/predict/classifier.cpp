#include "predict/classifier.h"

#include <algorithm>
#include <utility>

#include "fail.h"
#include "parallel.h"

namespace qmodel::predict {

namespace {

v1::ImageInput image_input_of(const v1::Graph& graph) {
    if (graph.image_inputs_size() != 1 || graph.inputs_size() != 1) {
        invalid_input(
            "the file does not say how images become the one input of its network; write it with a scale of the "
            "pixels, "
            "as `qmodel import --pixel-scale 1/255` does");
    }
    if (graph.outputs_size() == 0) invalid_input("the network has no output");
    return graph.image_inputs(0);
}

}  // namespace

Classifier::Classifier(const Reader& reader)
    : session_(reader),
      image_input_(image_input_of(reader.manifest().graph())),
      kind_(output_kind(reader.manifest().graph())) {}

Classes Classifier::classify(const Request& request, std::size_t batch, unsigned threads) const {
    const std::size_t batches = (request.count + batch - 1) / batch;
    std::vector<Classes> parts(batches);
    parallel_for(batches, usable_threads(threads), [&](std::size_t number) {
        const std::size_t first = number * batch;
        parts[number] = classify_some(request.images(first, std::min(batch, request.count - first)));
    });
    Classes all;
    for (const Classes& part : parts) {
        all.number = part.number;
        all.best.insert(all.best.end(), part.best.begin(), part.best.end());
        all.probabilities.insert(all.probabilities.end(), part.probabilities.begin(), part.probabilities.end());
    }
    return all;
}

Classes Classifier::classify_some(const Images& images) const {
    NamedTensors inputs;
    inputs.emplace_back(image_input_.input(), prepare_images(image_input_, images));
    const NamedTensors outputs = session_.run(inputs);
    return classes_of(outputs.front().second, kind_, images.count);
}

}  // namespace qmodel::predict
