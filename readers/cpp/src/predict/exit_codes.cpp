#include "predict/exit_codes.h"

#include <iostream>
#include <new>
#include <string>

#include "predict/printable.h"

namespace qmodel::predict {

ExitCode exit_code_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::corrupt:
        case ErrorKind::non_canonical: return kCorrupt;
        case ErrorKind::unsupported: return kUnsupported;
        case ErrorKind::limit: return kLimit;
        case ErrorKind::invalid_input: return kUnusable;
    }
    return kUnusable;
}

int guarded(const char* program, ExitCode (*command)(int, char**), int count, char** arguments) {
    const auto say = [program](const std::string& what) {
        std::cerr << program << ": error: " << printable(what) << "\n";
    };
    try {
        const ExitCode code = command(count, arguments);
        std::cout.flush();
        if (std::cout) return code;
        say("the output cannot be written");
        return kUnusable;
    } catch (const Error& error) {
        say(error.what());
        return exit_code_of(error.kind());
    } catch (const std::bad_alloc&) {
        say("there is not enough memory for this");
        return kLimit;
    }
}

}  // namespace qmodel::predict
