#ifndef QMODEL_SRC_FAIL_H
#define QMODEL_SRC_FAIL_H

#include <string>

#include "qmodel/error.h"

namespace qmodel {

[[noreturn]] inline void corrupt(const std::string& message) {
    throw Error(ErrorKind::corrupt, message);
}
[[noreturn]] inline void non_canonical(const std::string& message) {
    throw Error(ErrorKind::non_canonical, message);
}
[[noreturn]] inline void unsupported(const std::string& message) {
    throw Error(ErrorKind::unsupported, message);
}
[[noreturn]] inline void beyond_limit(const std::string& message) {
    throw Error(ErrorKind::limit, message);
}
[[noreturn]] inline void invalid_input(const std::string& message) {
    throw Error(ErrorKind::invalid_input, message);
}

/// A name of the file as a message may repeat it: quoted, at most 64 bytes, nothing but printable ASCII.
std::string quoted(const std::string& name);

}  // namespace qmodel

#endif
