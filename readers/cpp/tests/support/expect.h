#ifndef QMODEL_TESTS_SUPPORT_EXPECT_H
#define QMODEL_TESTS_SUPPORT_EXPECT_H

#include <functional>
#include <iostream>
#include <string>

namespace expectations {

/// How many did not hold so far.
inline int failures = 0;

inline void expect(bool holds, const std::string& what) {
    if (holds) return;
    ++failures;
    std::cout << "not so: " << what << '\n';
}

/// Prints a line and gives the exit code of a test program.
inline int finish(const char* name) {
    std::cout << name << (failures == 0 ? ": all holds\n" : ": something does not hold\n");
    return failures == 0 ? 0 : 1;
}

/// The message of what an action throws; empty: nothing.
template <typename Exception>
std::string thrown(const std::function<void()>& action) {
    try {
        action();
    } catch (const Exception& error) {
        return error.what();
    }
    return "";
}

}  // namespace expectations

#endif
