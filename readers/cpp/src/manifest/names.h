#ifndef QMODEL_SRC_MANIFEST_NAMES_H
#define QMODEL_SRC_MANIFEST_NAMES_H

#include <cstddef>
#include <string>

#include "fail.h"

namespace qmodel {

constexpr std::size_t most_name_bytes = 1024;

/// Checks a text that need not be unique. Throws corrupt when it is too long, or empty where it must not be.
inline void check_text(const char* what, const std::string& text, bool may_be_empty = true) {
    if (text.size() > most_name_bytes || (text.empty() && !may_be_empty)) {
        corrupt(std::string(what) + " of " + std::to_string(text.size()) + " bytes");
    }
}

/// Checks names one after the other: 1 to 1,024 bytes, ascending, none twice (spec/manifest.md, "Names").
class NameOrder {
public:
    explicit NameOrder(const char* what) noexcept : what_(what) {}

    void take(const std::string& name) {
        check_text(what_, name, false);
        if (before_ != nullptr && name.compare(*before_) <= 0) {
            corrupt(std::string(what_) + ' ' + quoted(name) + " is out of order, or there twice");
        }
        before_ = &name;
    }

private:
    const char* what_;
    const std::string* before_ = nullptr;
};

}  // namespace qmodel

#endif
