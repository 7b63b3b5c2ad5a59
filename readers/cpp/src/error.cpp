#include "qmodel/error.h"

namespace qmodel {

const char* name_of(ErrorKind kind) noexcept {
    switch (kind) {
        case ErrorKind::corrupt: return "corrupt";
        case ErrorKind::non_canonical: return "non_canonical";
        case ErrorKind::unsupported: return "unsupported";
        case ErrorKind::limit: return "limit";
        case ErrorKind::invalid_input: return "invalid_input";
    }
    return "corrupt";
}

Error::Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

}  // namespace qmodel
