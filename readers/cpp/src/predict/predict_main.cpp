// The command `predict`: images in, class probabilities out.
#include <fstream>
#include <iostream>

#include "fail.h"
#include "predict/answer.h"
#include "predict/arguments.h"
#include "predict/classifier.h"
#include "predict/exit_codes.h"
#include "predict/golden.h"
#include "predict/open_files.h"
#include "predict/output.h"
#include "predict/request.h"

namespace qmodel::predict {

namespace {

CommandRule command_rule() {
    return {
        "predict",
        {"MODEL.qmodel IMAGES.idx [--labels LABELS.idx] [OPTIONS]", "MODEL.qmodel --request FILE [OPTIONS]",
         "--golden MODEL.qmodel"},
        "Runs the network stored in a .qmodel file on images and prints the probability of each class, 0 to 1; with\n"
        "labels, also accuracy, precision, recall and F1 (the last three as averages over the classes). Images and\n"
        "labels are IDX files as those of the MNIST digits, plain or compressed by gzip; - is the standard input.",
        {{"--labels", "FILE", "The true classes, an IDX file of one axis."},
         {"--request", "FILE", "Images and labels as a message qmodel.prediction.v1.PredictRequest."},
         {"--json", "", "Print JSON."},
         {"--proto", "", "Write a message qmodel.prediction.v1.PredictResponse."},
         {"--output", "FILE", "Write there and not to the standard output."},
         {"--quiet", "", "Print the scores alone, not each image."},
         {"--golden", "", "Run the golden samples of the file instead, and compare what comes out."},
         {"--batch", "N", "Images at a time; 100 without it."},
         base_option(),
         threads_option(),
         {"--help", "", "Print this."}}};
}

Request read_request(const Arguments& arguments) {
    const auto& operands = arguments.operands();
    if (arguments.has("--request")) {
        if (operands.size() != 1 || arguments.has("--labels")) {
            invalid_input("with --request, images and labels are in the message (see predict --help)");
        }
        return read_proto_request(arguments.value("--request"));
    }
    if (operands.size() != 2) invalid_input("wanted a model and a file of images (see predict --help)");
    return read_idx_request(operands[1], arguments.value("--labels"));
}

void write_answer(const prediction::v1::PredictResponse& answer, const Arguments& arguments, std::ostream& out) {
    if (arguments.has("--proto")) {
        answer.SerializeToOstream(&out);
    } else if (arguments.has("--json")) {
        write_json(answer, !arguments.has("--quiet"), out);
    } else {
        write_text(answer, !arguments.has("--quiet"), out);
    }
}

ExitCode classify(const Arguments& arguments) {
    const Reader reader = open_file(arguments.operands().at(0), arguments);
    const Request request = read_request(arguments);
    const Classes classes =
        Classifier(reader).classify(request, arguments.number("--batch", 100, 1), arguments.number("--threads", 0, 1));
    const auto answer = make_answer(classes, request.labels);
    if (!arguments.has("--output")) {
        write_answer(answer, arguments, std::cout);
        return kFine;
    }
    std::ofstream file(arguments.value("--output"), std::ios::binary);
    write_answer(answer, arguments, file);
    file.close();
    if (!file) invalid_input(arguments.value("--output") + ": cannot be written");
    return kFine;
}

ExitCode run(int count, char** words) {
    const CommandRule rule = command_rule();
    const Arguments arguments(rule, count, words);
    if (arguments.has("--help")) {
        std::cout << help_of(rule);
        return kFine;
    }
    if (arguments.has("--json") && arguments.has("--proto")) invalid_input("give --json or --proto, not both");
    if (arguments.operands().empty()) invalid_input("wanted a model and a file of images (see predict --help)");
    if (!arguments.has("--golden")) return classify(arguments);
    if (arguments.operands().size() != 1) invalid_input("--golden takes a model alone (see predict --help)");
    const std::string path = arguments.operands()[0];
    const Reader reader = open_file(path, arguments);
    const ExitCode code = replay_and_report(reader, path);
    if (code == kFine) std::cout << path << ": " << reader.golden().size() << " golden samples as expected\n";
    return code;
}

}  // namespace

}  // namespace qmodel::predict

int main(int count, char** arguments) {
    return qmodel::predict::guarded("predict", qmodel::predict::run, count, arguments);
}
