#ifndef QMODEL_TESTS_CONFORMANCE_VECTORS_H
#define QMODEL_TESTS_CONFORMANCE_VECTORS_H

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace conformance {

/// What is wrong with one vector; empty: nothing.
using Complaint = std::string;

/// One vector of the index and how the reader did on it.
struct Result {
    std::string file;
    Complaint complaint;
};

/// Holds the reader against a file that it must decode: `entry` is its place in the index, under "valid".
Complaint check_valid(const std::filesystem::path& folder, const nlohmann::json& entry);

/// Holds the reader against a file that it must refuse: `entry` is its place in the index, under "invalid".
Complaint check_invalid(const std::filesystem::path& folder, const nlohmann::json& entry);

/// All vectors of a folder such as spec/conformance. Throws std::exception when the index cannot be read.
std::vector<Result> check_all(const std::filesystem::path& folder);

}  // namespace conformance

#endif
