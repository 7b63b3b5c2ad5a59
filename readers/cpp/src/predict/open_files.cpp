#include "predict/open_files.h"

#include <iostream>
#include <utility>

#include "predict/printable.h"

namespace qmodel::predict {

namespace {

Reader open_named(const std::string& path, const Options& options) {
    try {
        Reader reader = Reader::open(path, options);
        for (const std::string& warning : reader.warnings()) {
            std::cerr << "warning: " << printable(path + ": " + warning) << "\n";
        }
        return reader;
    } catch (const Error& error) {
        throw Error(error.kind(), path + ": " + error.what());
    }
}

}  // namespace

OptionRule base_option() {
    return {"--base", "FILE", "Where deltas find the tensors they change; may be repeated."};
}

OptionRule threads_option() {
    return {"--threads", "N", "How many threads work; all processors without it."};
}

Reader open_file(const std::string& path, const Arguments& arguments) {
    Options options;
    options.threads = arguments.number("--threads", 0, 1);
    const std::vector<std::string> bases = arguments.values("--base");
    for (auto base = bases.rbegin(); base != bases.rend(); ++base) {
        options.bases.insert(options.bases.begin(), open_named(*base, options));
    }
    return open_named(path, options);
}

}  // namespace qmodel::predict
