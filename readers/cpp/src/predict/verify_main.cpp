// The command `qmodel_verify`: every byte of files against the specification.
#include <algorithm>
#include <iostream>

#include "fail.h"
#include "predict/arguments.h"
#include "predict/exit_codes.h"
#include "predict/golden.h"
#include "predict/open_files.h"
#include "predict/printable.h"

namespace qmodel::predict {

namespace {

CommandRule command_rule() {
    return {"qmodel_verify",
            {"FILE.qmodel... [OPTIONS]"},
            "Checks files against the specification: every checksum, every range, the canonical form; every tensor is\n"
            "decoded. The first finding of each file is printed.",
            {{"--run", "", "Also run the networks on the golden samples, and compare what comes out."},
             base_option(),
             threads_option(),
             {"--help", "", "Print this."}}};
}

/// Corrupt before unsupported, limit, unusable, findings, fine.
int severity(ExitCode code) {
    const ExitCode by_severity[] = {kFine, kFindings, kUnusable, kLimit, kUnsupported, kCorrupt};
    return static_cast<int>(std::find(std::begin(by_severity), std::end(by_severity), code) - std::begin(by_severity));
}

/// A file that is merely not canonical can still be read.
ExitCode code_of_finding(ErrorKind kind) {
    return kind == ErrorKind::non_canonical ? kFindings : exit_code_of(kind);
}

ExitCode verify_one(const std::string& path, const Arguments& arguments) {
    try {
        const Reader reader = open_file(path, arguments);
        verify(reader);
        const ExitCode code = arguments.has("--run") ? replay_and_report(reader, path) : kFine;
        if (code == kFine) std::cout << printable(path) << ": fine, " << reader.tensors().size() << " tensors\n";
        return code;
    } catch (const Error& error) {
        const std::string message = error.what();
        const bool is_named = message.rfind(path + ": ", 0) == 0;
        std::cout << printable(is_named ? message : path + ": " + message) << " [" << name_of(error.kind()) << "]\n";
        return code_of_finding(error.kind());
    }
}

ExitCode run(int count, char** words) {
    const CommandRule rule = command_rule();
    const Arguments arguments(rule, count, words);
    if (arguments.has("--help")) {
        std::cout << help_of(rule);
        return kFine;
    }
    if (arguments.operands().empty()) invalid_input("wanted at least one file (see qmodel_verify --help)");
    ExitCode worst = kFine;
    for (const std::string& path : arguments.operands()) {
        const ExitCode code = verify_one(path, arguments);
        if (severity(code) > severity(worst)) worst = code;
    }
    return worst;
}

}  // namespace

}  // namespace qmodel::predict

int main(int count, char** arguments) {
    return qmodel::predict::guarded("qmodel_verify", qmodel::predict::run, count, arguments);
}
