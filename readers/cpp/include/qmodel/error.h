#ifndef QMODEL_ERROR_H
#define QMODEL_ERROR_H

#include <stdexcept>
#include <string>

namespace qmodel {

/// Why something was refused: the four kinds of spec/README.md, "Error kinds", and what the caller got wrong.
enum class ErrorKind {
    corrupt,        ///< A rule is broken: damaged, truncated or written wrongly.
    non_canonical,  ///< Values could be read, the form is not the one allowed.
    unsupported,    ///< The file may be fine and needs something that this reader lacks.
    limit,          ///< Within the format, above what this reader is willing to spend.
    invalid_input,  ///< The caller asked for what there is not: a file, a tensor, an input of the network.
};

/// The kind's name as in spec/conformance/index.json, for example "non_canonical".
const char* name_of(ErrorKind kind) noexcept;

/// The only exception that leaves this library, but for std::bad_alloc.
class Error : public std::runtime_error {
public:
    Error(ErrorKind kind, const std::string& message);

    ErrorKind kind() const noexcept { return kind_; }

private:
    ErrorKind kind_;
};

}  // namespace qmodel

#endif
