#include "predict/printable.h"

#include <cstdio>

namespace qmodel::predict {

std::string printable(const std::string& text) {
    std::string shown;
    for (const char letter : text) {
        if (letter >= ' ' && letter <= '~') {
            shown += letter;
            continue;
        }
        char escape[5];
        std::snprintf(escape, sizeof escape, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(letter)));
        shown += escape;
    }
    return shown;
}

}  // namespace qmodel::predict
