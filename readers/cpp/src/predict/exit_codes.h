#ifndef QMODEL_PREDICT_EXIT_CODES_H
#define QMODEL_PREDICT_EXIT_CODES_H

#include "qmodel/error.h"

namespace qmodel::predict {

/// What the process tells its caller; the numbers are those of the command `qmodel`.
enum ExitCode : int { kFine = 0, kFindings = 1, kUnusable = 2, kCorrupt = 3, kUnsupported = 4, kLimit = 5 };

/// The code for an error that stopped a command.
ExitCode exit_code_of(ErrorKind kind) noexcept;

/// Runs a command and turns what it throws into one line on the standard error, beginning with `program`, and a code.
int guarded(const char* program, ExitCode (*command)(int, char**), int count, char** arguments);

}  // namespace qmodel::predict

#endif
