#include "qmodel/error.h"

#include "fail.h"

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

std::string quoted(const std::string& name) {
    constexpr std::size_t most = 64;
    std::string text = "'";
    for (std::size_t i = 0; i < name.size() && i < most; ++i) {
        const char letter = name[i];
        text += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return text + (name.size() > most ? "…'" : "'");
}

}  // namespace qmodel
