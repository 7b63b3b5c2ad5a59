// qmodel_conformance FOLDER: holds the reader against conformance vectors, as those in spec/conformance.

#include <algorithm>
#include <exception>
#include <iostream>

#include "vectors.h"

int main(int count, char** arguments) {
    if (count != 2) {
        std::cerr << "usage: qmodel_conformance FOLDER\n";
        return 2;
    }
    try {
        const auto results = conformance::check_all(arguments[1]);
        std::size_t failed = 0;
        for (const auto& result : results) {
            if (result.complaint.empty()) continue;
            ++failed;
            std::cout << result.file << ": " << result.complaint << '\n';
        }
        std::cout << results.size() - failed << " passed, " << failed << " failed\n";
        return failed == 0 ? 0 : 1;
    } catch (const std::exception& error) {
        std::cerr << "qmodel_conformance: " << error.what() << '\n';
        return 1;
    }
}
